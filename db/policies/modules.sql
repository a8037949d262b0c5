begin;
set local role berth_owner;

alter table booking.modules enable row level security;
alter table booking.modules force row level security;

-- The same for every tenant, and for the engine alone.
create policy owner_writes on booking.modules for all to berth_owner
  using (true);

commit;
