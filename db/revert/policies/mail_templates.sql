begin;

revoke select, insert, update, delete on api.mail_templates from authenticated, service_role;
revoke select on booking.mail_templates from authenticated, service_role;
drop policy entered_tenant on booking.mail_templates;
drop policy admins_read on booking.mail_templates;
alter table booking.mail_templates no force row level security;
alter table booking.mail_templates disable row level security;

commit;
