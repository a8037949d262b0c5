begin;
set local role berth_owner;

alter table booking.reservation_transitions enable row level security;
alter table booking.reservation_transitions force row level security;

-- The same for every tenant.
create policy everybody_reads on booking.reservation_transitions for select to berth_owner, authenticated, service_role
  using (true);

grant select on booking.reservation_transitions to authenticated, service_role;
grant select on api.reservation_transitions to authenticated, service_role;

commit;
