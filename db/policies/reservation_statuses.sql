begin;
set local role berth_owner;

alter table booking.reservation_statuses enable row level security;
alter table booking.reservation_statuses force row level security;

-- The same for every tenant; migrations write it as the owner.
create policy owner_writes on booking.reservation_statuses for all to berth_owner
  using (true);
create policy everybody_reads on booking.reservation_statuses for select to authenticated, service_role
  using (true);

grant select on booking.reservation_statuses to authenticated, service_role;

commit;
