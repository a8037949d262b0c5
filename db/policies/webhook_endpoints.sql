begin;
set local role berth_owner;

alter table booking.webhook_endpoints enable row level security;
alter table booking.webhook_endpoints force row level security;

create policy entered_tenant on booking.webhook_endpoints for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy admins_read on booking.webhook_endpoints for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id()) and (select booking.current_member_role()) = 'admin');

grant select on booking.webhook_endpoints to authenticated, service_role;
grant select on api.webhook_endpoints to authenticated, service_role;

commit;
