begin;

select 'booking.complete_resource()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.resources'::regclass and tgname = '_100_complete_resource';

rollback;
