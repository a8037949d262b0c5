begin;

select 'booking.is_on_grid(timestamptz, interval, text)'::regprocedure;

rollback;
