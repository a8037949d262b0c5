begin;

select 'api.move_reservations(jsonb, boolean, text)'::regprocedure;

rollback;
