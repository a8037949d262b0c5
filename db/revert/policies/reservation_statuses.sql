begin;

revoke select on booking.reservation_statuses from authenticated, service_role;
drop policy owner_writes on booking.reservation_statuses;
drop policy everybody_reads on booking.reservation_statuses;
alter table booking.reservation_statuses no force row level security;
alter table booking.reservation_statuses disable row level security;

commit;
