begin;
set local role berth_owner;

alter table booking.opening_exceptions enable row level security;
alter table booking.opening_exceptions force row level security;

create policy entered_tenant on booking.opening_exceptions for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy members_read on booking.opening_exceptions for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id()));

grant select on booking.opening_exceptions to authenticated, service_role;
-- Writing goes through a trigger of the view; the table itself stays closed.
grant select, insert, update, delete on api.opening_exceptions to authenticated, service_role;

commit;
