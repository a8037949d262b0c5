begin;

drop function api.complete_reservation(uuid, integer, text, boolean);

commit;
