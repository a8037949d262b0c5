begin;

select 'api.confirm_bundle(uuid, text, boolean)'::regprocedure;

rollback;
