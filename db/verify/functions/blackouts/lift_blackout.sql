begin;

select 'api.lift_blackout(uuid, text, integer, text)'::regprocedure;

rollback;
