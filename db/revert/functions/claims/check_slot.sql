begin;

drop function booking.check_slot(booking.resources, booking.reservations, uuid[], integer);

commit;
