begin;

drop function api.reschedule_reservation(uuid, timestamptz, timestamptz, uuid, integer, integer, boolean, text);

commit;
