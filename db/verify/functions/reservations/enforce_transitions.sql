begin;

select 'booking.enforce_transitions()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.reservations'::regclass and tgname = '_100_enforce_transitions';

rollback;
