begin;

drop function booking.lock_waitlist_entry(booking.request, uuid);

commit;
