begin;
set local role berth_owner;

create function api.reschedule_reservation(
  reservation_id uuid,
  starts_at timestamptz,
  ends_at timestamptz,
  resource_id uuid default null,
  units integer default null,
  expected_version integer default null,
  override boolean default false,
  reason text default null
) returns api.reservations
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  v_request booking.request := booking.begin_request(
    'reschedule_reservation',
    pg_catalog.jsonb_build_array(reservation_id, starts_at, ends_at, resource_id, units, expected_version, override, reason),
    reason => reason, override => override);
  v_reservation booking.reservations;
  v_resource booking.resources;
  v_result api.reservations;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  v_reservation := booking.lock_reservation(v_request, reservation_id, expected_version, resource_id);
  perform booking.check_authority(v_request, v_reservation, 'member');
  v_resource := booking.open_resource(v_request.tenant_id, coalesce(resource_id, v_reservation.resource_id),
                                      starts_at, ends_at, coalesce(units, v_reservation.units), override);
  if v_resource.id <> v_reservation.resource_id then
    perform booking.check_standing(v_request.tenant_id, v_request.user_id, v_request.role, v_resource, v_reservation.priority);
  end if;
  if not exists (select from booking.reservation_transitions t where t.from_status = v_reservation.status) then
    perform booking.raise_error(409, 'invalid_transition',
      pg_catalog.format('A %s reservation can no longer be moved.', v_reservation.status),
      pg_catalog.jsonb_build_object('status', v_reservation.status, 'action', 'reschedule'));
  elsif v_reservation.unit is not null and v_resource.id = v_reservation.resource_id and units > 1 then
    perform booking.raise_error(400, 'invalid_argument', 'It is pinned to one unit; book the others on their own.', '{"argument": "units"}');
  elsif v_resource.requires_approval and v_reservation.status in ('confirmed', 'checked_in') and v_request.role < 'approver' then
    perform booking.raise_error(403, 'forbidden',
      pg_catalog.format('Changes on %s need approval: ask an approver to move it, or cancel it and ask anew.', v_resource.name));
  end if;

  update booking.reservations r
     set resource_id = v_resource.id,
         starts_at = reschedule_reservation.starts_at,
         ends_at = reschedule_reservation.ends_at,
         units = coalesce(reschedule_reservation.units, r.units),
         unit = case when r.resource_id = v_resource.id then r.unit end
   where r.tenant_id = v_reservation.tenant_id and r.id = v_reservation.id;
  select r.* into v_result from api.reservations r where r.tenant_id = v_reservation.tenant_id and r.id = v_reservation.id;
  if v_request.key is not null then
    perform booking.remember_response(v_request, pg_catalog.to_jsonb(v_result));
  end if;
  return v_result;
end
$$;

comment on function api.reschedule_reservation(uuid, timestamptz, timestamptz, uuid, integer, integer, boolean, text) is
  'Moves a reservation to another time, resource or number of units in one step: if the new slot is refused, the old one is kept. '
  '400 invalid_time_range; 403 forbidden; 404 not_found; 409 slot_taken, hold_expired, version_conflict, invalid_transition (it is over or cancelled); 422 of the rules.';
grant execute on function api.reschedule_reservation(uuid, timestamptz, timestamptz, uuid, integer, integer, boolean, text) to authenticated, service_role;

commit;
