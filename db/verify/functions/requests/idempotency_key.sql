begin;

select 'booking.idempotency_key()'::regprocedure;

rollback;
