begin;

select 'api.reject_bundle(uuid, text)'::regprocedure;

rollback;
