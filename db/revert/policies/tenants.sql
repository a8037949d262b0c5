begin;

revoke select on booking.tenants from authenticated, service_role;
drop policy entered_tenant on booking.tenants;
drop policy members_read on booking.tenants;
alter table booking.tenants no force row level security;
alter table booking.tenants disable row level security;

commit;
