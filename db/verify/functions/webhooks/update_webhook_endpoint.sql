begin;

select 'api.update_webhook_endpoint(uuid, text, text[], text, boolean)'::regprocedure;

rollback;
