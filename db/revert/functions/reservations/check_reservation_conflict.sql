begin;

drop function api.check_reservation_conflict(uuid, timestamptz, timestamptz, integer, uuid, integer, boolean);

commit;
