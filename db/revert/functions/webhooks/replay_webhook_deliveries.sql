begin;

drop function api.replay_webhook_deliveries(uuid, timestamptz, uuid[]);

commit;
