begin;
set local role berth_owner;

alter table booking.calendar_feeds enable row level security;
alter table booking.calendar_feeds force row level security;

create policy entered_tenant on booking.calendar_feeds for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy own_or_admin_reads on booking.calendar_feeds for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id())
         and (user_id = (select booking.current_user_id()) or (select booking.current_member_role()) >= 'admin'));

-- But not the hashes.
grant select (tenant_id, id, user_id, resource_id, created_at) on booking.calendar_feeds to authenticated, service_role;
grant select on api.calendar_feeds to authenticated, service_role;

commit;
