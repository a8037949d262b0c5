begin;

select 'api.reject_series(uuid, text, uuid, text, integer)'::regprocedure;

rollback;
