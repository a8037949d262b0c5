begin;
set local role berth_owner;

alter table booking.webhook_secrets enable row level security;
alter table booking.webhook_secrets force row level security;

-- For the engine alone.
create policy entered_tenant on booking.webhook_secrets for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));

commit;
