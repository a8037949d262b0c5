begin;

select 'api.cancel_bundle(uuid, text, boolean)'::regprocedure;

rollback;
