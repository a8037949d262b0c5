begin;

drop function booking.check_movable(booking.reservations);

commit;
