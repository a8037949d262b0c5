begin;
set local role berth_owner;

create function booking.make_moves(
  request booking.request,
  moves booking.reservations[],
  override boolean default false
) returns setof booking.reservations
language plpgsql volatile
set search_path = ''
as $$
declare
  v_move booking.reservations;
  v_reservation booking.reservations;
  v_resource booking.resources;
  v_targets booking.reservations[] := '{}';
begin
  perform booking.lock_reservations(
    request.tenant_id,
    array(select m.id from pg_catalog.unnest(moves) m),
    array(select m.resource_id from pg_catalog.unnest(moves) m where m.resource_id is not null));
  foreach v_move in array moves loop
    v_reservation := booking.find_reservation(request, v_move.id, v_move.version);
    perform booking.check_authority(request, v_reservation, 'member');
    v_move.resource_id := coalesce(v_move.resource_id, v_reservation.resource_id);
    v_move.units := coalesce(v_move.units, v_reservation.units);
    v_move.series_id := coalesce(v_move.series_id, v_reservation.series_id);
    v_move.original_starts_at := coalesce(v_move.original_starts_at, v_reservation.original_starts_at);
    v_resource := booking.open_resource(request.tenant_id, v_move.resource_id, v_move.starts_at, v_move.ends_at, v_move.units, override);
    if not exists (select from booking.reservation_transitions t where t.from_status = v_reservation.status) then
      perform booking.raise_error(409, 'invalid_transition',
        pg_catalog.format('A %s reservation can no longer be moved.', v_reservation.status),
        pg_catalog.jsonb_build_object('status', v_reservation.status, 'action', 'reschedule'));
    elsif v_resource.id <> v_reservation.resource_id then
      v_move.unit := null;
      perform booking.check_standing(request.tenant_id, request.user_id, request.role, v_resource, v_reservation.priority);
    else
      v_move.unit := v_reservation.unit;
      if v_move.unit is not null and v_move.units > 1 then
        perform booking.raise_error(400, 'invalid_argument', 'It is pinned to one unit; book the others on their own.', '{"argument": "units"}');
      end if;
    end if;
    if v_resource.requires_approval and v_reservation.status in ('confirmed', 'checked_in') and request.role < 'approver' then
      perform booking.raise_error(403, 'forbidden',
        pg_catalog.format('Changes on %s need approval: ask an approver to move it, or cancel it and ask anew.', v_resource.name));
    end if;
    v_targets := v_targets || v_move;
  end loop;

  -- One statement: all are released before any is taken.
  return query
  with moved as (
    update booking.reservations r
       set resource_id = t.resource_id,
           starts_at = t.starts_at,
           ends_at = t.ends_at,
           units = t.units,
           unit = t.unit,
           series_id = t.series_id,
           original_starts_at = t.original_starts_at
      from pg_catalog.unnest(v_targets) t
     where r.tenant_id = request.tenant_id and r.id = t.id
    returning r.*
  )
  select m.*
    from moved m
    join pg_catalog.unnest(v_targets) with ordinality t on t.id = m.id
   order by t.ordinality;
end
$$;

comment on function booking.make_moves(booking.request, booking.reservations[], boolean) is
  'For a request that has begun: moves reservations, all or none, judged on how they then stand. Of each move id, starts_at, ends_at count, and where not null resource_id, units, series_id, original_starts_at, and version, the one expected. '
  '400 invalid_time_range, invalid_argument; 403 forbidden; 404 not_found; 409 slot_taken, blackout, hold_expired, version_conflict, invalid_transition; 422 of the rules.';

commit;
