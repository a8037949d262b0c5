begin;

select 'booking.offer_after_statement()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'api.resources'::regclass and tgname = '_400_withhold_offers';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'api.resources'::regclass and tgname = '_600_offer_withheld';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'api.booking_rules'::regclass and tgname = '_400_withhold_offers';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'api.booking_rules'::regclass and tgname = '_600_offer_withheld';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'api.opening_hours'::regclass and tgname = '_400_withhold_offers';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'api.opening_hours'::regclass and tgname = '_600_offer_withheld';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'api.opening_exceptions'::regclass and tgname = '_400_withhold_offers';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'api.opening_exceptions'::regclass and tgname = '_600_offer_withheld';

rollback;
