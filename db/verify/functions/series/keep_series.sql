begin;

select 'booking.keep_series()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.reservations'::regclass and tgname = '_300_keep_series_on_insert';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.reservations'::regclass and tgname = '_700_keep_series_on_delete';

rollback;
