begin;

select 'booking.refuse_loss()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.events'::regclass and tgname = '_100_only_by_retention';

rollback;
