begin;

drop function booking.check_quotas(booking.resources, booking.booking_rules, uuid, timestamptz, timestamptz, uuid[], boolean);

commit;
