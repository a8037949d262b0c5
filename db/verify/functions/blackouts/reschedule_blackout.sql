begin;

select 'api.reschedule_blackout(uuid, timestamptz, timestamptz, text, text, integer)'::regprocedure;

rollback;
