begin;

select 'booking.offer_freed()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.reservations'::regclass and tgname = '_600_offer_freed_on_update';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.reservations'::regclass and tgname = '_600_offer_freed_on_delete';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.blackouts'::regclass and tgname = '_600_offer_freed_on_update';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.blackouts'::regclass and tgname = '_600_offer_freed_on_delete';

rollback;
