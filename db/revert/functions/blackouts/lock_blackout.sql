begin;

drop function booking.lock_blackout(booking.request, uuid, integer);

commit;
