begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.payment_notifications'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.payment_notifications'::regclass and polname = 'entered_tenant';

rollback;
