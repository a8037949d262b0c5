begin;

drop function booking.make_occurrences(booking.request, booking.reservations[], boolean, interval);

commit;
