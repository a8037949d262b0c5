begin;

select 'booking.offer_opened()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.booking_rules'::regclass and tgname = '_600_offer_opened';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.opening_hours'::regclass and tgname = '_600_offer_opened';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.opening_exceptions'::regclass and tgname = '_600_offer_opened';

rollback;
