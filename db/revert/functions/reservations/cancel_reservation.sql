begin;

drop function api.cancel_reservation(uuid, text, integer, boolean);

commit;
