begin;

drop function booking.prepare_reservation(booking.request, booking.resources, booking.booking_rules, booking.reservations, text, boolean, interval);

commit;
