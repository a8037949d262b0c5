begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.mail_templates'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.mail_templates'::regclass and polname = 'entered_tenant';
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.mail_templates'::regclass and polname = 'admins_read';

rollback;
