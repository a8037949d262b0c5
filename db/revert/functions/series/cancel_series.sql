begin;

drop function api.cancel_series(uuid, text, uuid, text, integer, boolean);

commit;
