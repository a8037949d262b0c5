begin;

select 'booking.is_time_range(timestamptz, timestamptz)'::regprocedure;

rollback;
