begin;

select 'booking.shift_range(tstzrange, interval, text)'::regprocedure;

rollback;
