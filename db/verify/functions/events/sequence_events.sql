begin;

select 'booking.sequence_events(boolean)'::regprocedure;
select 1 / count(*) from pg_catalog.pg_proc where oid = 'booking.sequence_events(boolean)'::regprocedure and proowner = 'berth_sequencer'::regrole;

rollback;
