begin;

select 'booking.check_tenant_timezone()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.tenants'::regclass and tgname = '_100_check_timezone';

rollback;
