begin;

select 'booking.list_bounds(timestamptz, timestamptz, text, text)'::regprocedure;

rollback;
