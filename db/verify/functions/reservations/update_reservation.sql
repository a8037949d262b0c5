begin;

select 'api.update_reservation(uuid, text, text, jsonb, integer, text)'::regprocedure;

rollback;
