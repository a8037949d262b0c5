begin;

select 'api.pencil_reservation(uuid, integer, text, interval, boolean)'::regprocedure;

rollback;
