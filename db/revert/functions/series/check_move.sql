begin;

drop function booking.check_move(booking.request, booking.reservations, uuid[], boolean);

commit;
