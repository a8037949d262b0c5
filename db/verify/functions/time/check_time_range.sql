begin;

select 'booking.check_time_range(timestamptz, timestamptz)'::regprocedure;

rollback;
