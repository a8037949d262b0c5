begin;

select 'booking.emit_series_event()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.series'::regclass and tgname = '_100_emit_event';

rollback;
