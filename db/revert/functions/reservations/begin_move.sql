begin;

drop function booking.begin_move(booking.request, booking.reservations);

commit;
