begin;

select 'booking.list_advisories(booking.resources, booking.booking_rules, timestamptz, timestamptz, integer, uuid[], integer)'::regprocedure;

rollback;
