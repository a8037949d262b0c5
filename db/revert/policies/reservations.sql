begin;

revoke select on api.reservations from authenticated, service_role;
revoke select on booking.reservations from authenticated, service_role;
drop policy entered_tenant on booking.reservations;
drop policy own_or_approver_reads on booking.reservations;
alter table booking.reservations no force row level security;
alter table booking.reservations disable row level security;

commit;
