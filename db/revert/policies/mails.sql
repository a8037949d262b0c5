begin;

revoke select on api.mails from authenticated, service_role;
revoke select on booking.mails from authenticated, service_role;
drop policy entered_tenant on booking.mails;
drop policy own_or_admin_reads on booking.mails;
alter table booking.mails no force row level security;
alter table booking.mails disable row level security;

commit;
