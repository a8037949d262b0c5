begin;

-- Only in the reader's hands does it reach the index.
select 1 / count(*) from pg_catalog.pg_class where oid = 'booking.tenant_claims'::regclass and relowner = 'berth_reader'::regrole;

rollback;
