begin;

drop function booking.lock_reservation(booking.request, uuid, integer);

commit;
