begin;

select 'booking.end_waits()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.members'::regclass and tgname = '_500_end_waits';

rollback;
