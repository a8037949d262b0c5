begin;

drop function api.approve_reservation(uuid, integer, text);

commit;
