begin;
set local role berth_owner;

create function booking.take_claims(reservation booking.reservations) returns uuid[]
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_during tstzrange := booking.taken_range(
    reservation.starts_at, reservation.ends_at, reservation.buffer_before, reservation.buffer_after);
  v_resource booking.resources;
  v_displaced uuid[];
begin
  -- The usual case in one statement. 'do nothing' waits for a rival that is still uncommitted, and never
  -- deadlocks; a plain insert does.
  insert into booking.claims (tenant_id, resource_id, unit, during, claimant, source_id, expires_at)
  select reservation.tenant_id, reservation.resource_id, 1, v_during, reservation.id, reservation.id, reservation.expires_at
    from booking.resources s
   where s.tenant_id = reservation.tenant_id and s.id = reservation.resource_id
     and reservation.status = any (s.blocking_statuses)
     and s.capacity = 1 and reservation.units = 1 and coalesce(reservation.unit, 1) = 1
     and (pg_catalog.lower(v_during) < s.claims_kept_since) is not true
      on conflict on constraint claims_never_overlap do nothing;
  if found then
    return '{}';
  end if;

  v_resource := booking.find_resource(reservation.tenant_id, reservation.resource_id);
  perform booking.refuse_past(v_resource, pg_catalog.lower(v_during));
  if reservation.status <> all (v_resource.blocking_statuses) then
    perform booking.refuse_blackout(v_resource, reservation, array[reservation.id]); -- it would never be confirmed
    return '{}';
  elsif greatest(reservation.units, reservation.unit) > v_resource.capacity then
    perform booking.refuse_violations(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
      'code', 'too_many_units', 'limit', v_resource.capacity, 'units', reservation.units, 'unit', reservation.unit,
      'hint', case when reservation.unit > v_resource.capacity
        then pg_catalog.format('%s has no unit %s: it has %s. Choose one of them.', v_resource.name, reservation.unit, v_resource.capacity)
        else pg_catalog.format('%s has %s units; ask for no more.', v_resource.name, v_resource.capacity) end)));
  end if;
  -- Whoever lost to firm claims need not queue for the lock.
  if booking.may_give_way(v_resource, v_during, reservation.priority) then
    perform from booking.resources s where s.tenant_id = v_resource.tenant_id and s.id = v_resource.id for no key update;
    perform booking.expire_holds(v_resource);
    if booking.place_claims(reservation, v_resource) then
      return '{}';
    end if;
    v_displaced := booking.choose_displaced(reservation, v_resource);
    if v_displaced <> '{}' then
      return v_displaced;
    end if;
  end if;
  perform booking.refuse_slot(v_resource, reservation, array[reservation.id]);
end
$$;

comment on function booking.take_claims(booking.reservations) is
  'Takes a reservation''s time if its status blocks, or refuses: 409 slot_taken, blackout; 422 too_many_units, '
  'too_soon (before claims_kept_since). On the way it expires holds whose time is up. '
  'Returns the reservations that it has to displace, none mostly: then nothing is taken yet, and displace_claims() '
  'does it, once the log has what displaces them.';

commit;
