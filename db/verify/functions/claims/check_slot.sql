begin;

select 'booking.check_slot(booking.resources, booking.booking_rules, timestamptz, timestamptz, integer, integer, uuid[], integer)'::regprocedure;

rollback;
