begin;

select 'booking.write_through_view()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'api.resources'::regclass and tgname = '_500_write_through';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'api.booking_rules'::regclass and tgname = '_500_write_through';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'api.opening_hours'::regclass and tgname = '_500_write_through';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'api.opening_exceptions'::regclass and tgname = '_500_write_through';

rollback;
