begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.events'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.events'::regclass and polname = 'entered_tenant';
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.events'::regclass and polname = 'own_or_approver_reads';
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.events'::regclass and polname = 'gateway_reads';

rollback;
