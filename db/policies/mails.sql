begin;
set local role berth_owner;

alter table booking.mails enable row level security;
alter table booking.mails force row level security;

create policy entered_tenant on booking.mails for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy own_or_admin_reads on booking.mails for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id())
         and (user_id = (select booking.current_user_id()) or (select booking.current_member_role()) >= 'admin'));

grant select on booking.mails to authenticated, service_role;
grant select on api.mails to authenticated, service_role;

commit;
