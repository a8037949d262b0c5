begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.idempotency_keys'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.idempotency_keys'::regclass and polname = 'entered_tenant';

rollback;
