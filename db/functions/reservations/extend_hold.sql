begin;
set local role berth_owner;

create function api.extend_hold(
  reservation_id uuid,
  expected_version integer default null,
  reason text default null,
  override boolean default false
) returns api.reservations
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'extend_hold', row(reservation_id, expected_version, reason, override),
    reason => reason, override => override);
  v_reservation booking.reservations;
  v_resource booking.resources;
  v_rules booking.booking_rules;
  v_latest timestamptz;
  v_expires_at timestamptz;
  v_result api.reservations;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  v_reservation := booking.lock_reservation(v_request, reservation_id, expected_version);
  perform booking.check_authority(v_request, v_reservation, 'member');
  if v_reservation.status <> 'held' or v_reservation.waitlist_entry_id is not null then
    perform booking.raise_error(409, 'invalid_transition',
      case when v_reservation.status = 'held' then 'An offer is accepted in its time, or declined.'
           else pg_catalog.format('A %s reservation is no hold.', v_reservation.status) end,
      pg_catalog.jsonb_build_object('status', v_reservation.status, 'action', 'extend_hold'));
  end if;
  v_resource := booking.find_resource(v_reservation.tenant_id, v_reservation.resource_id);
  v_rules := booking.find_rules(v_resource);
  perform booking.check_standing(v_request, v_resource, v_rules);
  v_latest := booking.latest_expiry(v_rules, v_reservation, 'held', override);
  v_expires_at := booking.add_elapsed(booking.now(), v_rules.hold_ttl);
  -- The last time it is extended for what is left; after that, not at all.
  if v_expires_at > v_latest and v_reservation.expires_at >= v_latest then
    perform booking.refuse_hold(v_resource, v_latest, v_reservation.status_since);
  end if;

  update booking.reservations r
     set expires_at = greatest(r.expires_at, least(v_expires_at, v_latest))
   where r.tenant_id = v_reservation.tenant_id and r.id = v_reservation.id;
  select r.* into v_result from api.reservations r where r.tenant_id = v_reservation.tenant_id and r.id = v_reservation.id;
  return booking.remember_response(v_request, v_result);
end
$$;

comment on function api.extend_hold(uuid, integer, text, boolean) is
  'Renews a hold, as its owner is still busy with it: it expires after the rule''s hold_ttl from now, never sooner '
  'than before, and max_hold after it was first held at the latest: then 422 too_far_ahead, with that time in '
  'details.latest. '
  'Managers may extend it further with override and a reason, up to ten years. 422 suspended; '
  '409 hold_expired from the instant expires_at on, invalid_transition (it is not held), version_conflict; 403 '
  'forbidden; 404 not_found.';
grant execute on function api.extend_hold(uuid, integer, text, boolean) to authenticated, service_role;

commit;
