begin;

select 'booking.check_quotas(booking.resources, booking.booking_rules, uuid, timestamptz, timestamptz, uuid[], boolean)'::regprocedure;

rollback;
