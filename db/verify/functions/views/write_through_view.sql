begin;

select 'booking.write_through_view()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'api.resources'::regclass and tgname = '_500_write_through';

rollback;
