begin;

revoke select on api.webhook_deliveries from authenticated, service_role;
revoke select on booking.webhook_deliveries from authenticated, service_role;
drop policy entered_tenant on booking.webhook_deliveries;
drop policy admins_read on booking.webhook_deliveries;
alter table booking.webhook_deliveries no force row level security;
alter table booking.webhook_deliveries disable row level security;

commit;
