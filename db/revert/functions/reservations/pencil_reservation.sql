begin;

drop function api.pencil_reservation(uuid, integer, text, interval, boolean);

commit;
