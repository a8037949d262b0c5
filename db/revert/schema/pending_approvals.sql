begin;

drop view api.pending_approvals;

commit;
