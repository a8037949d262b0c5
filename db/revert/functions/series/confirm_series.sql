begin;

drop function api.confirm_series(uuid, text, uuid, text, integer, boolean);

commit;
