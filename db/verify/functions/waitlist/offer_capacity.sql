begin;

select 'booking.offer_capacity()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.resources'::regclass and tgname = '_600_offer_capacity';

rollback;
