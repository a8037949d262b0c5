begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.waitlist_entries'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.waitlist_entries'::regclass and polname = 'entered_tenant';
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.waitlist_entries'::regclass and polname = 'own_or_approver_reads';

rollback;
