begin;

drop function booking.list_advisories(booking.resources, booking.booking_rules, timestamptz, timestamptz, integer, uuid[], integer);

commit;
