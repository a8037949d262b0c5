begin;

drop trigger _900_emit_event on booking.waitlist_entries;
drop function booking.emit_waitlist_event();

commit;
