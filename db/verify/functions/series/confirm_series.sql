begin;

select 'api.confirm_series(uuid, text, uuid, text, integer, boolean)'::regprocedure;

rollback;
