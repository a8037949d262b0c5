begin;

drop function api.update_reservation(uuid, text, text, jsonb, integer, text);

commit;
