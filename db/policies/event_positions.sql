begin;
set local role berth_owner;

alter table booking.event_positions enable row level security;
alter table booking.event_positions force row level security;

create policy entered_tenant on booking.event_positions for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy gateway_reads on booking.event_positions for select to berth_gateway
  using (true);
create policy members_read on booking.event_positions for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id()));

grant select on booking.event_positions to authenticated, service_role, berth_gateway;

commit;
