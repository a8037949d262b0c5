begin;

drop function api.confirm_reservation(uuid, integer, text, boolean);

commit;
