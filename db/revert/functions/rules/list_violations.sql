begin;

drop function booking.list_violations(booking.resources, booking.booking_rules, timestamptz, timestamptz, integer, timestamptz);

commit;
