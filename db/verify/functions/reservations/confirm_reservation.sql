begin;

select 'api.confirm_reservation(uuid, integer, text, boolean)'::regprocedure;

rollback;
