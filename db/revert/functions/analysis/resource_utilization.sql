begin;

drop function api.resource_utilization(timestamptz, timestamptz, text, uuid[]);

commit;
