begin;

select 'api.extend_hold(uuid, integer, text)'::regprocedure;

rollback;
