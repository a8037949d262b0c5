begin;

select 'booking.check_slot(booking.resources, timestamptz, timestamptz, integer, integer, uuid[], integer)'::regprocedure;

rollback;
