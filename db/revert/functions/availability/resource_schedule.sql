begin;

drop function api.resource_schedule(uuid, timestamptz, timestamptz);

commit;
