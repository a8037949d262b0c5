begin;

select 'booking.list_closures(timestamptz, timestamptz, text, text)'::regprocedure;

rollback;
