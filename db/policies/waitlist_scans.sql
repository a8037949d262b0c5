begin;
set local role berth_owner;

alter table booking.waitlist_scans enable row level security;
alter table booking.waitlist_scans force row level security;

-- For the engine alone.
create policy entered_tenant on booking.waitlist_scans for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));

commit;
