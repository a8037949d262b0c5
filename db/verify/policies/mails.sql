begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.mails'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.mails'::regclass and polname = 'entered_tenant';
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.mails'::regclass and polname = 'own_or_admin_reads';

rollback;
