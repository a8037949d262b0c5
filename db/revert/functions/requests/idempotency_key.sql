begin;

drop function booking.idempotency_key();

commit;
