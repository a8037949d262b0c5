begin;

select 'api.approve_bundle(uuid, text)'::regprocedure;

rollback;
