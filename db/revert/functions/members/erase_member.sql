begin;

drop function api.erase_member(uuid);

commit;
