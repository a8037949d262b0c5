begin;

select 'booking.check_time_range(timestamptz, timestamptz, interval)'::regprocedure;

rollback;
