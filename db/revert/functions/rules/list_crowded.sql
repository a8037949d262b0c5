begin;

drop function booking.list_crowded(booking.resources, booking.booking_rules, booking.reservations);

commit;
