begin;

drop function api.extend_hold(uuid, integer, text, boolean);

commit;
