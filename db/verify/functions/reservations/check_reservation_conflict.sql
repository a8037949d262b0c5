begin;

select 'api.check_reservation_conflict(uuid, timestamptz, timestamptz, integer, uuid, integer, boolean)'::regprocedure;

rollback;
