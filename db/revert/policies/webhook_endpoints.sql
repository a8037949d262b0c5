begin;

revoke select on api.webhook_endpoints from authenticated, service_role;
revoke select on booking.webhook_endpoints from authenticated, service_role;
drop policy entered_tenant on booking.webhook_endpoints;
drop policy admins_read on booking.webhook_endpoints;
alter table booking.webhook_endpoints no force row level security;
alter table booking.webhook_endpoints disable row level security;

commit;
