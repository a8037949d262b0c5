begin;

drop function booking.check_found(booking.request, booking.reservations, uuid, integer);

commit;
