begin;

drop function api.reject_bundle(uuid, text);

commit;
