begin;
set local role berth_owner;

alter table booking.synced_operations enable row level security;
alter table booking.synced_operations force row level security;

-- For the engine alone.
create policy entered_tenant on booking.synced_operations for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));

commit;
