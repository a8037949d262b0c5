begin;

select 'api.complete_reservation(uuid, integer, text, boolean)'::regprocedure;

rollback;
