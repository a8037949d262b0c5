begin;

drop function api.update_series(uuid, text, uuid, text, text, jsonb, integer, text);

commit;
