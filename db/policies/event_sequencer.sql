begin;
set local role berth_owner;

alter table booking.event_sequencer enable row level security;
alter table booking.event_sequencer force row level security;

-- The same for every tenant, and for the engine alone.
create policy owner_reads on booking.event_sequencer for select to berth_owner
  using (true);

commit;
