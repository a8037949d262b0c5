begin;

select 'api.replay_webhook_deliveries(uuid, timestamptz, uuid[])'::regprocedure;

rollback;
