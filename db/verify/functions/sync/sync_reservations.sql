begin;

select 'api.sync_reservations(jsonb)'::regprocedure;

rollback;
