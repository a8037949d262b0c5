begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.blackouts'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.blackouts'::regclass and polname = 'entered_tenant';
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.blackouts'::regclass and polname = 'members_read';

rollback;
