begin;

drop trigger _100_complete_waitlist_entry on booking.waitlist_entries;
drop function booking.complete_waitlist_entry();

commit;
