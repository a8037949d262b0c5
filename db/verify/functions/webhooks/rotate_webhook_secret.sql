begin;

select 'api.rotate_webhook_secret(uuid, interval)'::regprocedure;

rollback;
