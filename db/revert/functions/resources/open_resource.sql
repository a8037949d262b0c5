begin;

drop function booking.open_resource(uuid, uuid, timestamptz, timestamptz, integer, boolean);

commit;
