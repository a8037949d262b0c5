begin;

select 'booking.list_violations(booking.resources, booking.booking_rules, timestamptz, timestamptz, integer, timestamptz)'::regprocedure;

rollback;
