begin;
set local role berth_owner;

alter table booking.opening_hours enable row level security;
alter table booking.opening_hours force row level security;

create policy entered_tenant on booking.opening_hours for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy members_read on booking.opening_hours for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id()));

grant select on booking.opening_hours to authenticated, service_role;
-- Writing goes through a trigger of the view; the table itself stays closed.
grant select, insert, update, delete on api.opening_hours to authenticated, service_role;

commit;
