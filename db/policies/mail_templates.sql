begin;
set local role berth_owner;

alter table booking.mail_templates enable row level security;
alter table booking.mail_templates force row level security;

create policy entered_tenant on booking.mail_templates for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy admins_read on booking.mail_templates for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id()) and (select booking.current_member_role()) >= 'admin');

grant select on booking.mail_templates to authenticated, service_role;
-- Writing goes through a trigger of the view; the table itself stays closed.
grant select, insert, update, delete on api.mail_templates to authenticated, service_role;

commit;
