begin;
set local role berth_owner;

alter table booking.idempotency_keys enable row level security;
alter table booking.idempotency_keys force row level security;

-- For the engine alone: answers hold what their caller saw.
create policy entered_tenant on booking.idempotency_keys for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));

commit;
