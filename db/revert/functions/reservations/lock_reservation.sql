begin;

drop function booking.lock_reservation(booking.request, uuid, integer, uuid);

commit;
