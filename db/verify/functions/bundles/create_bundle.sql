begin;

select 'api.create_bundle(jsonb, text, text, uuid, integer, uuid, boolean, text, interval)'::regprocedure;

rollback;
