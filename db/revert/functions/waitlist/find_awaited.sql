begin;

drop function booking.find_awaited(booking.resources, booking.booking_rules, integer);

commit;
