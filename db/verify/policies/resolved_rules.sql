begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.resolved_rules'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.resolved_rules'::regclass and polname = 'entered_tenant';

rollback;
