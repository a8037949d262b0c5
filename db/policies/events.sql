begin;
set local role berth_owner;

alter table booking.events enable row level security;
alter table booking.events force row level security;

create policy entered_tenant on booking.events for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy gateway_reads on booking.events for select to berth_gateway
  using (true);
-- follow_events() states the same rule for those who listen.
create policy own_or_approver_reads on booking.events for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id())
         and (owner_id = (select booking.current_user_id())
              or (owner_id is null and reservation_id is null)
              or (select booking.current_member_role()) >= 'approver'));

grant select on booking.events to authenticated, service_role, berth_gateway;
grant select on api.events to authenticated, service_role;

commit;
