begin;

select 'booking.list_blackouts_as_of(booking.resources, tstzrange, timestamptz)'::regprocedure;

rollback;
