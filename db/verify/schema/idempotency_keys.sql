begin;

select 'booking.idempotency_keys'::regclass;

rollback;
