begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.waitlist_scans'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.waitlist_scans'::regclass and polname = 'entered_tenant';

rollback;
