begin;

select 'booking.taken_range(timestamptz, timestamptz, interval, interval)'::regprocedure;

rollback;
