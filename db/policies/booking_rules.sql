begin;
set local role berth_owner;

alter table booking.booking_rules enable row level security;
alter table booking.booking_rules force row level security;

create policy entered_tenant on booking.booking_rules for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy members_read on booking.booking_rules for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id()));

grant select on booking.booking_rules to authenticated, service_role;
-- Writing goes through a trigger of the view; the table itself stays closed.
grant select, insert, update, delete on api.booking_rules to authenticated, service_role;

commit;
