begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.booking_attempts'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.booking_attempts'::regclass and polname = 'entered_tenant';

rollback;
