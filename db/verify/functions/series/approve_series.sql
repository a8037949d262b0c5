begin;

select 'api.approve_series(uuid, text, uuid, text, integer)'::regprocedure;

rollback;
