begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.event_positions'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.event_positions'::regclass and polname = 'entered_tenant';
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.event_positions'::regclass and polname = 'gateway_reads';
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.event_positions'::regclass and polname = 'members_read';

rollback;
