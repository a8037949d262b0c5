begin;

drop function api.check_in_reservation(uuid, integer, text, boolean);

commit;
