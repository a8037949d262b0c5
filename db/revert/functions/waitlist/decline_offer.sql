begin;

drop function api.decline_offer(uuid, text);

commit;
