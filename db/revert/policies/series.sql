begin;

revoke select on api.series from authenticated, service_role;
revoke select on booking.series from authenticated, service_role;
drop policy entered_tenant on booking.series;
drop policy own_or_approver_reads on booking.series;
alter table booking.series no force row level security;
alter table booking.series disable row level security;

commit;
