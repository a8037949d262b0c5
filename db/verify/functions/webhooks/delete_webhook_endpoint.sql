begin;

select 'api.delete_webhook_endpoint(uuid)'::regprocedure;

rollback;
