begin;
set local role berth_owner;

alter table booking.resolved_rules enable row level security;
alter table booking.resolved_rules force row level security;

create policy entered_tenant on booking.resolved_rules for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy members_read on booking.resolved_rules for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id()));

grant select on booking.resolved_rules to authenticated, service_role;

commit;
