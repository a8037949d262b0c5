begin;

drop function api.create_webhook_endpoint(text, text[], text);

commit;
