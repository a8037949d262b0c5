begin;

drop function api.confirm_bundle(uuid, text, boolean);

commit;
