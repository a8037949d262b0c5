begin;

drop policy entered_tenant on booking.idempotency_keys;
alter table booking.idempotency_keys no force row level security;
alter table booking.idempotency_keys disable row level security;

commit;
