begin;

drop function booking.make_transition(booking.request, text, booking.reservations, boolean, interval);

commit;
