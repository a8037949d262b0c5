begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.opening_exceptions'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.opening_exceptions'::regclass and polname = 'entered_tenant';
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.opening_exceptions'::regclass and polname = 'members_read';

rollback;
