begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.log_homes'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.log_homes'::regclass and polname = 'owner_writes';

rollback;
