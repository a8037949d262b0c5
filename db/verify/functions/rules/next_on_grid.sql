begin;

select 'booking.next_on_grid(timestamptz, interval, text)'::regprocedure;

rollback;
