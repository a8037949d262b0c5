begin;
set local role berth_owner;

create function booking.take_claims(reservation booking.reservations) returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
  v_during tstzrange := pg_catalog.tstzrange(reservation.starts_at, reservation.ends_at);
  v_resource booking.resources;
  v_taken integer;
begin
  -- The usual case in one statement. 'do nothing' waits for a rival that is still uncommitted, and never
  -- deadlocks; a plain insert does.
  insert into booking.claims (tenant_id, resource_id, unit, during, claimant, source_id)
  select reservation.tenant_id, reservation.resource_id, 1, v_during, reservation.id, reservation.id
    from booking.resources s
   where s.tenant_id = reservation.tenant_id and s.id = reservation.resource_id
     and reservation.status = any (s.blocking_statuses)
     and s.capacity = 1 and reservation.units = 1 and coalesce(reservation.unit, 1) = 1
      on conflict on constraint claims_never_overlap do nothing;
  if found then
    return 1;
  end if;

  v_resource := booking.find_resource(reservation.tenant_id, reservation.resource_id);
  if reservation.status <> all (v_resource.blocking_statuses) then
    return 0;
  end if;
  if greatest(reservation.units, reservation.unit) > v_resource.capacity then
    perform booking.raise_error(422, 'too_many_units',
      pg_catalog.format('%s has %s units; ask for no more.', v_resource.name, v_resource.capacity),
      pg_catalog.jsonb_build_object('limit', v_resource.capacity, 'units', reservation.units));
  end if;
  if v_resource.capacity > 1 then
    -- A pool: with the resource locked, take the lowest free units.
    perform from booking.resources s
      where s.tenant_id = reservation.tenant_id and s.id = reservation.resource_id
        for no key update;
    insert into booking.claims (tenant_id, resource_id, unit, during, claimant, source_id)
    select reservation.tenant_id, reservation.resource_id, u, v_during, reservation.id, reservation.id
      from pg_catalog.generate_series(1, v_resource.capacity) u
     where u = coalesce(reservation.unit, u)
       and not exists (select from booking.find_conflicts(reservation.tenant_id, reservation.resource_id, v_during, null) c
                        where c.unit = u)
     order by u
     limit reservation.units;
    get diagnostics v_taken = row_count;
    if v_taken = reservation.units then
      return v_taken;
    end if;
  end if;
  perform booking.refuse_slot(v_resource, reservation.starts_at, reservation.ends_at, reservation.id);
end
$$;

comment on function booking.take_claims(booking.reservations) is
  'Takes a reservation''s time if its status blocks, or refuses: 409 slot_taken, 422 too_many_units. Returns how many claims it took.';

commit;
