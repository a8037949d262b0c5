begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.reservation_statuses'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.reservation_statuses'::regclass and polname = 'owner_writes';
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.reservation_statuses'::regclass and polname = 'everybody_reads';

rollback;
