begin;

select 'booking.write_claims()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.reservations'::regclass and tgname = '_500_write_claims_on_update';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.reservations'::regclass and tgname = '_500_write_claims_on_delete';

rollback;
