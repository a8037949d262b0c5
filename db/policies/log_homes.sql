begin;
set local role berth_owner;

alter table booking.log_homes enable row level security;
alter table booking.log_homes force row level security;

-- The same for every tenant, and for the engine alone.
create policy owner_writes on booking.log_homes for all to berth_owner
  using (true);

commit;
