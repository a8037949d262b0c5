begin;

select 'api.update_series(uuid, text, uuid, text, text, jsonb, integer, text)'::regprocedure;

rollback;
