begin;

select response, owner_ids from booking.idempotency_keys where false;

rollback;
