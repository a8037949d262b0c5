begin;

revoke select on api.reservation_transitions from authenticated, service_role;
revoke select on booking.reservation_transitions from authenticated, service_role;
drop policy owner_writes on booking.reservation_transitions;
drop policy everybody_reads on booking.reservation_transitions;
alter table booking.reservation_transitions no force row level security;
alter table booking.reservation_transitions disable row level security;

commit;
