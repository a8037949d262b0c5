begin;

drop function api.start_payment(uuid, uuid, uuid, text, text);

commit;
