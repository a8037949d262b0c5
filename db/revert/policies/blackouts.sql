begin;

revoke select on api.blackouts from authenticated, service_role;
revoke select on booking.blackouts from authenticated, service_role;
drop policy entered_tenant on booking.blackouts;
drop policy members_read on booking.blackouts;
alter table booking.blackouts no force row level security;
alter table booking.blackouts disable row level security;

commit;
