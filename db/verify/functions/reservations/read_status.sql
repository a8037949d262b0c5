begin;

select 'booking.read_status(text)'::regprocedure;

rollback;
