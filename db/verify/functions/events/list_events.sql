begin;

select 'api.list_events(text, text[], uuid, integer)'::regprocedure;

rollback;
