begin;

drop function booking.move_occurrences(booking.request, booking.reservations[], boolean, text);

commit;
