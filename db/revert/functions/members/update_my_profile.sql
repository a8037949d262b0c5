begin;

drop function api.update_my_profile(text, text, boolean, text);

commit;
