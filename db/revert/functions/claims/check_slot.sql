begin;

drop function booking.check_slot(booking.resources, booking.booking_rules, timestamptz, timestamptz, integer, integer, uuid[], integer);

commit;
