begin;

drop function booking.find_waiting(booking.resources, booking.booking_rules, tstzrange, integer);

commit;
