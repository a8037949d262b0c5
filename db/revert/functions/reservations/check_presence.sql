begin;

drop function booking.check_presence(booking.reservations, booking.resources, booking.reservation_status);

commit;
