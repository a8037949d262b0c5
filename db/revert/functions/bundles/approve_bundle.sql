begin;

drop function api.approve_bundle(uuid, text);

commit;
