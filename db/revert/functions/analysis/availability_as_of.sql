begin;

drop function api.availability_as_of(uuid, timestamptz, timestamptz, timestamptz, integer);

commit;
