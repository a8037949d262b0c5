-- Who waits, and their place.
begin;
set local role berth_owner;

create view api.waitlist_entries with (security_invoker = true) as
select w.id, w.tenant_id, w.resource_id, w.owner_id, w.starts_at, w.ends_at, w.duration, w.units, w.priority, w.title, w.status,
       booking.waitlist_position(w) as position,
       r.id as offered_reservation_id, case when w.status = 'offered' then r.expires_at end as offer_expires_at,
       w.expires_at, w.version, w.created_at, w.updated_at
  from booking.waitlist_entries w
  left join lateral (
       -- The latest: one that was displaced may be followed by another.
       select o.id, o.expires_at
         from booking.reservations o
        where o.tenant_id = w.tenant_id and o.waitlist_entry_id = w.id
        order by o.status <> 'displaced' desc, o.created_at desc
        limit 1) r on true;
comment on view api.waitlist_entries is
  'Who waits for what: a member''s own; all of the tenant''s for approvers and above. position is their place; '
  'offered_reservation_id, from when it is their turn, the reservation that is held for them until offer_expires_at.';

create trigger _100_refuse_write
  instead of insert or update or delete on api.waitlist_entries
  for each row execute function booking.refuse_write();

grant select on api.waitlist_entries to authenticated, service_role;

commit;
