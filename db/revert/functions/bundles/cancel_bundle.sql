begin;

drop function api.cancel_bundle(uuid, text, boolean);

commit;
