begin;

select 'api.check_in_reservation(uuid, integer, text, boolean)'::regprocedure;

rollback;
