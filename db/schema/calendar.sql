-- What is taken, for everybody to see; whose it is, for those who may.
begin;
set local role berth_owner;

create view api.calendar with (security_invoker = true) as
select c.tenant_id, c.resource_id, c.unit, c.starts_at, c.ends_at,
       case when c.claimant = c.source_id then 'reservation' else 'blackout' end as kind,
       r.status, coalesce(r.title, b.reason) as title, r.owner_id, r.id as reservation_id, b.id as blackout_id,
       b.kind as blackout_kind
  from booking.claims c
  left join booking.reservations r on r.tenant_id = c.tenant_id and r.id = c.source_id
  left join booking.blackouts b on b.tenant_id = c.tenant_id and b.id = c.source_id
 where c.expires_at is null or c.expires_at > booking.now();
comment on view api.calendar is
  'Every taken range of every unit, by a reservation or a blackout (whose title is its reason, and blackout_kind its '
  'kind). status, title, owner_id and reservation_id are null where the reader may see only that it is busy.';

create trigger _100_refuse_write
  instead of insert or update or delete on api.calendar
  for each row execute function booking.refuse_write();

grant select on api.calendar to authenticated, service_role;

commit;
