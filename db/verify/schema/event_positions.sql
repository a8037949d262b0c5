begin;

select 'booking.event_positions'::regclass, 'booking.event_sequencer'::regclass;

rollback;
