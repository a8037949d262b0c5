begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.email_verifications'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.email_verifications'::regclass and polname = 'entered_tenant';

rollback;
