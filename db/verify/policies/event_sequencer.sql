begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.event_sequencer'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.event_sequencer'::regclass and polname = 'owner_reads';

rollback;
