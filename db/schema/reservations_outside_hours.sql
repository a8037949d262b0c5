-- What a change of opening hours has left outside.
begin;
set local role berth_owner;

create view api.reservations_outside_hours with (security_invoker = true) as
select r.tenant_id, r.id as reservation_id, r.resource_id, s.name as resource_name, r.status, r.starts_at, r.ends_at, r.title, r.owner_id
  from booking.reservations r
  join booking.resources s on s.tenant_id = r.tenant_id and s.id = r.resource_id
 where r.ends_at > booking.now()
   and r.status = any (booking.live_statuses())
   and not tstzrange(r.starts_at, r.ends_at) <@ booking.open_ranges(s, tstzrange(r.starts_at, r.ends_at));
comment on view api.reservations_outside_hours is
  'Reservations still to come that lie outside the opening hours, since those have changed or a manager has '
  'overridden them. They stay until somebody moves or cancels them. A member''s own; all of the tenant''s for '
  'approvers and above.';

create trigger _100_refuse_write
  instead of insert or update or delete on api.reservations_outside_hours
  for each row execute function booking.refuse_write();

grant select on api.reservations_outside_hours to authenticated, service_role;

commit;
