begin;

revoke select on booking.claims from authenticated, service_role;
drop policy entered_tenant on booking.claims;
drop policy members_read on booking.claims;
alter table booking.claims no force row level security;
alter table booking.claims disable row level security;

commit;
