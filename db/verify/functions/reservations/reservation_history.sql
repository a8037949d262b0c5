begin;

select 'api.reservation_history(uuid)'::regprocedure;

rollback;
