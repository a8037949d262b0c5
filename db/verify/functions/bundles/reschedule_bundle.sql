begin;

select 'api.reschedule_bundle(uuid, interval, text, boolean)'::regprocedure;

rollback;
