begin;

select 'berth_owner'::regrole, 'berth_reader'::regrole, 'berth_sequencer'::regrole, 'berth_jobs'::regrole, 'berth_worker'::regrole, 'anon'::regrole, 'authenticated'::regrole, 'service_role'::regrole, 'authenticator'::regrole;
-- The owner is bound by row level security like anybody else.
select 1 / count(*) from pg_catalog.pg_roles where rolname = 'berth_owner' and not rolsuper and not rolbypassrls;

rollback;
