begin;

drop function api.update_webhook_endpoint(uuid, text, text[], text, boolean);

commit;
