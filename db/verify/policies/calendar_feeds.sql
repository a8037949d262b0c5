begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.calendar_feeds'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.calendar_feeds'::regclass and polname = 'entered_tenant';
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.calendar_feeds'::regclass and polname = 'own_or_admin_reads';

rollback;
