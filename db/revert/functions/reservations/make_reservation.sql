begin;

drop function booking.make_reservation(booking.request, booking.reservations, text, boolean, interval);

commit;
