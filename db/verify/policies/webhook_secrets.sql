begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.webhook_secrets'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.webhook_secrets'::regclass and polname = 'entered_tenant';

rollback;
