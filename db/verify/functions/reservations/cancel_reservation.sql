begin;

select 'api.cancel_reservation(uuid, text, integer, boolean)'::regprocedure;

rollback;
