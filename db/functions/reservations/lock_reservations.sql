begin;
set local role berth_owner;

create function booking.lock_reservations(
  tenant_id uuid,
  reservation_ids uuid[],
  other_resource_ids uuid[] default '{}'
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_resource_ids uuid[];
  v_resource_id uuid;
begin
  if pg_catalog.cardinality(reservation_ids) = 1 and other_resource_ids = '{}' then
    -- Mostly nobody is at it. Locks that are not waited for need no subtransaction, which would cost as much as the
    -- change.
    perform from booking.resources s
      where s.tenant_id = lock_reservations.tenant_id
        and s.id = (select r.resource_id from booking.reservations r
                     where r.tenant_id = lock_reservations.tenant_id and r.id = reservation_ids[1])
        for no key update skip locked;
    if found then
      select r.resource_id into v_resource_id
        from booking.reservations r
       where r.tenant_id = lock_reservations.tenant_id and r.id = reservation_ids[1]
         for update;
      -- In this moment it may have gone to another resource.
      perform from booking.resources s
        where s.tenant_id = lock_reservations.tenant_id and s.id = v_resource_id
          for no key update skip locked;
      if not found and v_resource_id is not null then
        perform booking.raise_error(409, 'version_conflict', 'Somebody has just moved this reservation. Try again.',
          pg_catalog.jsonb_build_object('reservation_id', reservation_ids[1]));
      end if;
      return;
    end if;
  end if;
  loop
    v_resource_ids := other_resource_ids || array(
      select r.resource_id
        from booking.reservations r
       where r.tenant_id = lock_reservations.tenant_id and r.id = any (reservation_ids));
    begin
      -- Always resources first, in the order of their ids, then reservations.
      perform booking.lock_resources(tenant_id, v_resource_ids);
      perform from booking.reservations r
        where r.tenant_id = lock_reservations.tenant_id and r.id = any (reservation_ids)
        order by r.id
          for update;
      exit when not exists (select from booking.reservations r
                             where r.tenant_id = lock_reservations.tenant_id and r.id = any (reservation_ids)
                               and r.resource_id <> all (v_resource_ids));
      -- Somebody moved one to another resource while we waited. To lock that too, out of turn, could deadlock: all
      -- locks are given back, and we begin again.
      raise exception using errcode = 'BE001';
    exception
      when sqlstate 'BE001' then null;
    end;
  end loop;
end
$$;

comment on function booking.lock_reservations(uuid, uuid[], uuid[]) is
  'Locks reservations, after their resources and the others they are to move to, in one order everywhere: no deadlock.';

commit;
