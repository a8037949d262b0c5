begin;
set local role berth_owner;

alter table booking.series enable row level security;
alter table booking.series force row level security;

create policy entered_tenant on booking.series for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy own_or_approver_reads on booking.series for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id())
         and (owner_id = (select booking.current_user_id()) or (select booking.current_member_role()) >= 'approver'));

grant select on booking.series to authenticated, service_role;
grant select on api.series to authenticated, service_role;

commit;
