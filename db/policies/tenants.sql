begin;
set local role berth_owner;

alter table booking.tenants enable row level security;
alter table booking.tenants force row level security;

create policy entered_tenant on booking.tenants for all to berth_owner
  using (id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy members_read on booking.tenants for select to authenticated, service_role
  using (id = (select booking.current_tenant_id()));

grant select on booking.tenants to authenticated, service_role;

commit;
