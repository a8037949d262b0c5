begin;

select 'api.extend_hold(uuid, integer, text, boolean)'::regprocedure;

rollback;
