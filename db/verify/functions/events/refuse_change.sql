begin;

select 'booking.refuse_change()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.events'::regclass and tgname = '_100_append_only';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.claims'::regclass and tgname = '_100_only_by_trigger';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.claims'::regclass and tgname = '_100_never_truncated';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.reservations'::regclass and tgname = '_100_never_truncated';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.blackouts'::regclass and tgname = '_100_never_truncated';

rollback;
