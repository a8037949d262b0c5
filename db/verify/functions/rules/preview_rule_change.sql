begin;

select 'api.preview_rule_change(jsonb, text, uuid)'::regprocedure;

rollback;
