begin;

select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.reservations'::regclass and polname = 'jobs_see_all';
select 1 / count(*) from pg_catalog.pg_proc where oid = 'booking.sweep(integer)'::regprocedure and prosecdef and proowner = 'berth_jobs'::regrole;

rollback;
