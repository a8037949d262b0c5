begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.webhook_deliveries'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.webhook_deliveries'::regclass and polname = 'entered_tenant';
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.webhook_deliveries'::regclass and polname = 'admins_read';

rollback;
