begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.modules'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.modules'::regclass and polname = 'owner_writes';

rollback;
