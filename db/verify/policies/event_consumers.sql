begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.event_consumers'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.event_consumers'::regclass and polname = 'owner_writes';

rollback;
