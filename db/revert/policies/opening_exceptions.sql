begin;

revoke select, insert, update, delete on api.opening_exceptions from authenticated, service_role;
revoke select on booking.opening_exceptions from authenticated, service_role;
drop policy entered_tenant on booking.opening_exceptions;
drop policy members_read on booking.opening_exceptions;
alter table booking.opening_exceptions no force row level security;
alter table booking.opening_exceptions disable row level security;

commit;
