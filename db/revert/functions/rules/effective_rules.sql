begin;

drop function api.effective_rules(uuid);

commit;
