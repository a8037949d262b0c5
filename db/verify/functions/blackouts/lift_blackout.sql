begin;

select 'api.lift_blackout(uuid, text, integer)'::regprocedure;

rollback;
