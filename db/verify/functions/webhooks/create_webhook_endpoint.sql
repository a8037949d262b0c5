begin;

select 'api.create_webhook_endpoint(text, text[], text)'::regprocedure;

rollback;
