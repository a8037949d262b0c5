begin;

revoke select, insert, update, delete on api.resources from authenticated, service_role;
revoke select on booking.resources from authenticated, service_role;
drop policy entered_tenant on booking.resources;
drop policy members_read on booking.resources;
alter table booking.resources no force row level security;
alter table booking.resources disable row level security;

commit;
