begin;

revoke select on api.calendar_feeds from authenticated, service_role;
revoke select (tenant_id, id, user_id, resource_id, created_at) on booking.calendar_feeds from authenticated, service_role;
drop policy entered_tenant on booking.calendar_feeds;
drop policy own_or_admin_reads on booking.calendar_feeds;
alter table booking.calendar_feeds no force row level security;
alter table booking.calendar_feeds disable row level security;

commit;
