begin;

select 'api.approve_reservation(uuid, integer, text)'::regprocedure;

rollback;
