-- What counts for the quotas of its owner.
begin;
set local role berth_owner;

create view booking.counted_reservations with (security_invoker = true) as
select r.tenant_id, r.id, r.resource_id, r.owner_id, r.starts_at, r.ends_at
  from booking.reservations r
 where r.status = any (booking.counting_statuses())
   and (r.expires_at is null or r.expires_at > booking.now())
   -- What is only offered counts once it is accepted.
   and (r.waitlist_entry_id is null or r.status <> 'held');
comment on view booking.counted_reservations is
  'The reservations that count for the quotas of their owners: of the statuses that do, not expired, and not only '
  'offered.';

commit;
