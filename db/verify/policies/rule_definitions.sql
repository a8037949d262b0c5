begin;

select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.rule_definitions'::regclass and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.rule_definitions'::regclass and polname = 'owner_writes';

rollback;
