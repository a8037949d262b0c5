begin;
set local role berth_owner;

alter table booking.email_verifications enable row level security;
alter table booking.email_verifications force row level security;

-- For the engine alone.
create policy entered_tenant on booking.email_verifications for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));

commit;
