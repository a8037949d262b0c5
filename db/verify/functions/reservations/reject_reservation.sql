begin;

select 'api.reject_reservation(uuid, integer, text)'::regprocedure;

rollback;
