begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.synced_operations'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.synced_operations'::regclass and polname = 'entered_tenant';

rollback;
