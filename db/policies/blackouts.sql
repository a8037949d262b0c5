begin;
set local role berth_owner;

alter table booking.blackouts enable row level security;
alter table booking.blackouts force row level security;

create policy entered_tenant on booking.blackouts for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy members_read on booking.blackouts for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id()));

grant select on booking.blackouts to authenticated, service_role;
grant select on api.blackouts to authenticated, service_role;

commit;
