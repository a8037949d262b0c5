begin;

drop table booking.event_sequencer;
drop table booking.event_positions;

commit;
