begin;
set local role berth_owner;

alter table booking.webhook_deliveries enable row level security;
alter table booking.webhook_deliveries force row level security;

create policy entered_tenant on booking.webhook_deliveries for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy admins_read on booking.webhook_deliveries for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id()) and (select booking.current_member_role()) = 'admin');

grant select on booking.webhook_deliveries to authenticated, service_role;
grant select on api.webhook_deliveries to authenticated, service_role;

commit;
