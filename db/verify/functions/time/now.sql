begin;

select 'booking.now()'::regprocedure;

rollback;
