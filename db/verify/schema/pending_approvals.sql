begin;

select 'api.pending_approvals'::regclass;

rollback;
