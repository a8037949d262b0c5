begin;

select 'booking.query_module_rows(jsonb, text)'::regprocedure;

rollback;
