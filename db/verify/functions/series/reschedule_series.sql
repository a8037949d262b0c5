begin;

select 'api.reschedule_series(uuid, text, uuid, interval, timestamp, interval, text, uuid, boolean, integer, boolean, text)'::regprocedure;

rollback;
