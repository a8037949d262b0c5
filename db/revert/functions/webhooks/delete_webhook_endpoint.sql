begin;

drop function api.delete_webhook_endpoint(uuid);

commit;
