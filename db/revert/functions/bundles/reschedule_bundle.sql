begin;

drop function api.reschedule_bundle(uuid, interval, text, boolean);

commit;
