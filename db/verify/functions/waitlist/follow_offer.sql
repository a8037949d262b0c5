begin;

select 'booking.follow_offer()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.reservations'::regclass and tgname = '_200_follow_offer_on_update';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.reservations'::regclass and tgname = '_200_follow_offer_on_delete';

rollback;
