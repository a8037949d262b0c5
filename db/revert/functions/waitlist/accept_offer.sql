begin;

drop function api.accept_offer(uuid, text);

commit;
