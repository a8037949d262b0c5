begin;

drop table booking.idempotency_keys;

commit;
