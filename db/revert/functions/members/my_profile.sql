begin;

drop function api.my_profile();

commit;
