begin;

revoke select, insert, update, delete on api.opening_hours from authenticated, service_role;
revoke select on booking.opening_hours from authenticated, service_role;
drop policy entered_tenant on booking.opening_hours;
drop policy members_read on booking.opening_hours;
alter table booking.opening_hours no force row level security;
alter table booking.opening_hours disable row level security;

commit;
