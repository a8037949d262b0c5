begin;

select 'booking.is_open(booking.resources, timestamptz, timestamptz)'::regprocedure;

rollback;
