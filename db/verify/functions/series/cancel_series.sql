begin;

select 'api.cancel_series(uuid, text, uuid, text, integer, boolean)'::regprocedure;

rollback;
