begin;

drop trigger _100_emit_event_on_insert on booking.waitlist_entries;
drop trigger _100_emit_event_on_update on booking.waitlist_entries;
drop function booking.emit_waitlist_event();

commit;
