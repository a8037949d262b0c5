begin;

drop function api.approve_series(uuid, text, uuid, text, integer);

commit;
