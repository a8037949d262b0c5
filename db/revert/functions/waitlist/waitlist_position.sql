begin;

drop function booking.waitlist_position(booking.waitlist_entries);

commit;
