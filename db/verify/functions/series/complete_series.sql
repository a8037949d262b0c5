begin;

select 'booking.complete_series()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.series'::regclass and tgname = '_100_complete_series';

rollback;
