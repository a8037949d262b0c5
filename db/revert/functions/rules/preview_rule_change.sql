begin;

drop function api.preview_rule_change(jsonb, text, uuid);

commit;
