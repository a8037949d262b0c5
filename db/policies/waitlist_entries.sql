begin;
set local role berth_owner;

alter table booking.waitlist_entries enable row level security;
alter table booking.waitlist_entries force row level security;

create policy entered_tenant on booking.waitlist_entries for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy own_or_approver_reads on booking.waitlist_entries for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id())
         and (owner_id = (select booking.current_user_id()) or (select booking.current_member_role()) >= 'approver'));

grant select on booking.waitlist_entries to authenticated, service_role;

commit;
