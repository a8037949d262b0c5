begin;

drop function api.reject_reservation(uuid, integer, text);

commit;
