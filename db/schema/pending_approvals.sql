-- What waits for an approver.
begin;
set local role berth_owner;

create view api.pending_approvals with (security_invoker = true) as
select r.*,
       booking.now() - r.status_since as waiting_for,
       coalesce(booking.stale_at(r, s) <= booking.now(), false) as is_stale,
       (select booking.list_approvers()) as approvers
  from booking.reservations r
  join booking.resources s on s.tenant_id = r.tenant_id and s.id = r.resource_id
 where r.status = 'pending';
comment on view api.pending_approvals is
  'Pending reservations, with how long each has waited (waiting_for), whether longer than the rule '
  'approval_stale_after (is_stale), and who may approve it. '
  'Approvers and above see all, members their own; approve_reservation and reject_reservation decide.';

create trigger _100_refuse_write
  instead of insert or update or delete on api.pending_approvals
  for each row execute function booking.refuse_write();

grant select on api.pending_approvals to authenticated, service_role;

commit;
