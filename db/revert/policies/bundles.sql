begin;

revoke select on api.bundles from authenticated, service_role;
revoke select on booking.bundles from authenticated, service_role;
drop policy entered_tenant on booking.bundles;
drop policy own_or_approver_reads on booking.bundles;
alter table booking.bundles no force row level security;
alter table booking.bundles disable row level security;

commit;
