begin;
set local role berth_owner;

alter table booking.claims enable row level security;
alter table booking.claims force row level security;

create policy entered_tenant on booking.claims for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy members_read on booking.claims for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id()));

grant select on booking.claims to authenticated, service_role;

commit;
