begin;

drop function api.reschedule_blackout(uuid, timestamptz, timestamptz, text, text, integer);

commit;
