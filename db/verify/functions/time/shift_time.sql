begin;

select 'booking.shift_time(timestamptz, interval, text)'::regprocedure;

rollback;
