begin;
set local role berth_owner;

create function booking.follow_resource() returns trigger
language plpgsql volatile
set search_path = ''
as $$
declare
  v_reservation booking.reservations;
  v_expired uuid[];
  v_refused uuid[] := '{}';
begin
  select pg_catalog.array_agg(r.id) into v_expired
    from booking.reservations r
   where r.tenant_id = new.tenant_id and r.resource_id = new.id and r.expires_at <= booking.now();
  perform booking.change_status(new.tenant_id, v_expired, 'expired', null, null);
  if exists (select from booking.claims c
              where c.tenant_id = new.tenant_id and c.resource_id = new.id and c.unit > new.capacity) then
    perform booking.raise_error(409, 'capacity_in_use',
      'More units than that are reserved; move or cancel those reservations first.',
      pg_catalog.jsonb_build_object('resource_id', new.id, 'capacity', old.capacity));
  end if;
  delete from booking.claims c
   using booking.reservations r
   where r.tenant_id = new.tenant_id and r.resource_id = new.id and r.status <> all (new.blocking_statuses)
     and c.tenant_id = r.tenant_id and c.source_id = r.id;
  for v_reservation in
    select r.*
      from booking.reservations r
     where r.tenant_id = new.tenant_id and r.resource_id = new.id
       and r.status = any (new.blocking_statuses) and r.status <> all (old.blocking_statuses)
     order by r.starts_at, r.id
  loop
    if not booking.try_claims(v_reservation, new) then
      v_refused := v_refused || v_reservation.id;
    end if;
  end loop;
  if v_refused <> '{}' then
    perform booking.raise_error(409, 'capacity_in_use',
      'Reservations stand against it at those times; move or cancel them first.',
      pg_catalog.jsonb_build_object('resource_id', new.id, 'conflicts', booking.list_overlaps(new, v_refused)));
  end if;
  return null;
end
$$;

comment on function booking.follow_resource() is
  'Trigger: claims follow a resource''s capacity and blocking statuses, or the change is refused: 409 capacity_in_use, with the pairs that overlap, and when, in details.conflicts.';

create trigger _500_follow_resource
  after update of capacity, blocking_statuses on booking.resources
  for each row when (new.capacity < old.capacity or new.blocking_statuses <> old.blocking_statuses)
  execute function booking.follow_resource();

commit;
