begin;

drop function api.reject_series(uuid, text, uuid, text, integer);

commit;
