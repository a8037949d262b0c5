begin;

drop function booking.make_occurrences(booking.request, booking.reservations[], text, boolean, interval);

commit;
