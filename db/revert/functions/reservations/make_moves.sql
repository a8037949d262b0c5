begin;

drop function booking.make_moves(booking.request, booking.reservations[], boolean);

commit;
