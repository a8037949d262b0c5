begin;

drop function booking.sequence_events(boolean);
drop policy sequencer_reads on booking.events;
drop policy sequencer_writes on booking.event_positions;
drop policy sequencer_writes on booking.event_sequencer;
revoke select (tenant_id, id, seq, xid) on booking.events from berth_sequencer;
revoke select, insert on booking.event_positions from berth_sequencer;
revoke select, update on booking.event_sequencer from berth_sequencer;
revoke usage on schema booking from berth_sequencer;

commit;
