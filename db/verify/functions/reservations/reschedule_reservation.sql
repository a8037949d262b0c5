begin;

select 'api.reschedule_reservation(uuid, timestamptz, timestamptz, uuid, integer, integer, boolean, text)'::regprocedure;

rollback;
