begin;

drop function api.rotate_webhook_secret(uuid, interval);

commit;
