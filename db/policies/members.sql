begin;
set local role berth_owner;

alter table booking.members enable row level security;
alter table booking.members force row level security;

create policy entered_tenant on booking.members for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy gateway_reads on booking.members for select to berth_gateway
  using (true);
create policy own_or_approver_reads on booking.members for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id())
         and (user_id = (select booking.current_user_id()) or (select booking.current_member_role()) >= 'approver'));

grant select on booking.members to authenticated, service_role;
grant select (tenant_id, user_id, role) on booking.members to berth_gateway;
grant select on api.members to authenticated, service_role;

commit;
