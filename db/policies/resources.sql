begin;
set local role berth_owner;

alter table booking.resources enable row level security;
alter table booking.resources force row level security;

create policy entered_tenant on booking.resources for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy members_read on booking.resources for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id()));

grant select on booking.resources to authenticated, service_role;
-- Writing goes through a trigger of the view; the table itself stays closed.
grant select, insert, update, delete on api.resources to authenticated, service_role;

commit;
