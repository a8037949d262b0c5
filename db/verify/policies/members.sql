begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.members'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.members'::regclass and polname = 'entered_tenant';
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.members'::regclass and polname = 'gateway_reads';
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.members'::regclass and polname = 'own_or_approver_reads';

rollback;
