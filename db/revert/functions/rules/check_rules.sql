begin;

drop function booking.check_rules(booking.resources, booking.booking_rules, timestamptz, timestamptz, integer, boolean, uuid, uuid, uuid[]);

commit;
