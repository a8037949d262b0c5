begin;

drop policy owner_reads on booking.event_sequencer;
alter table booking.event_sequencer no force row level security;
alter table booking.event_sequencer disable row level security;

commit;
