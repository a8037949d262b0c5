-- What time has made due and nobody has done yet.
begin;
set local role berth_owner;

create view booking.due_reservations with (security_invoker = true) as
select r.tenant_id, r.id, r.resource_id, (booking.due_change(r, s)).to_status, (booking.due_change(r, s)).due_at
  from booking.reservations r
  join booking.resources s on s.tenant_id = r.tenant_id and s.id = r.resource_id
 -- By the partial indexes: what has a time at all and may be due.
 where (r.expires_at <= booking.now()
        or (r.status = any (booking.undecided_statuses()) and r.ends_at <= booking.now())
        or (r.status = any (booking.firm_statuses()) and r.starts_at <= booking.now()))
   and (booking.due_change(r, s)).due_at <= booking.now();
comment on view booking.due_reservations is
  'The reservations that time alone has changed already, though their status does not say so yet: to what, and since '
  'when. booking.sweep() makes it so.';

commit;
