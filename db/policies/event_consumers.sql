begin;
set local role berth_owner;

alter table booking.event_consumers enable row level security;
alter table booking.event_consumers force row level security;

-- The same for every tenant, and for the engine alone.
create policy owner_writes on booking.event_consumers for all to berth_owner
  using (true);

commit;
