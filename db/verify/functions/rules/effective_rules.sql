begin;

select 'api.effective_rules(uuid)'::regprocedure;

rollback;
