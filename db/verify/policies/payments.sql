begin;

select 1 / (count(*) - 1) from pg_catalog.pg_class where oid in ('booking.payments'::regclass, 'booking.payment_items'::regclass) and relrowsecurity and relforcerowsecurity;
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.payments'::regclass and polname = 'own_or_manager_reads';
select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.payment_items'::regclass and polname = 'payment_readers_read';

rollback;
