begin;

select 'booking.events_due(integer, integer, timestamptz, timestamptz, timestamptz)'::regprocedure;

rollback;
