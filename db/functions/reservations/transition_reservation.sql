begin;
set local role berth_owner;

create function booking.transition_reservation(
  action text,
  reservation_id uuid,
  expected_version integer,
  reason text,
  override boolean default false,
  pencil_ttl interval default null
) returns api.reservations
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  v_request booking.request := booking.begin_request(
    action || '_reservation',
    pg_catalog.jsonb_build_array(reservation_id, expected_version, reason, override, pencil_ttl),
    reason => reason, override => override);
  v_reservation booking.reservations;
  v_resource booking.resources;
  v_action text := action;
  v_transition booking.reservation_transitions;
  v_result api.reservations;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  v_reservation := booking.lock_reservation(v_request, reservation_id, expected_version);
  v_resource := booking.find_resource(v_reservation.tenant_id, v_reservation.resource_id);
  if action = 'confirm' and v_resource.requires_approval and override is not true then
    v_action := 'submit';
  end if;
  select t.* into v_transition
    from booking.reservation_transitions t
   where t.from_status = v_reservation.status and t.action = v_action;
  if not found then
    perform booking.raise_error(409, 'invalid_transition',
      pg_catalog.format('A %s reservation cannot be changed by %s_reservation.', v_reservation.status, action),
      pg_catalog.jsonb_build_object('status', v_reservation.status, 'action', action, 'possible_actions',
        (select coalesce(pg_catalog.jsonb_agg(t.action order by t.id), '[]')
           from booking.reservation_transitions t where t.from_status = v_reservation.status and t.min_role is not null)));
  end if;
  perform booking.check_authority(v_request, v_reservation, v_transition.min_role);
  if v_transition.to_status in ('pencilled', 'pending', 'confirmed') then
    v_resource := booking.open_resource(v_reservation.tenant_id, v_reservation.resource_id,
                                        v_reservation.starts_at, v_reservation.ends_at, v_reservation.units, override);
  elsif override is not true then
    perform booking.check_presence(v_reservation, v_resource, v_transition.to_status);
  end if;

  update booking.reservations r
     set status = v_transition.to_status,
         expires_at = case when pencil_ttl is null then r.expires_at else booking.choose_expiry(v_resource, pencil_ttl, override) end
   where r.tenant_id = v_reservation.tenant_id and r.id = v_reservation.id;
  select r.* into v_result from api.reservations r where r.tenant_id = v_reservation.tenant_id and r.id = v_reservation.id;
  if v_request.key is not null then
    perform booking.remember_response(v_request, pg_catalog.to_jsonb(v_result));
  end if;
  return v_result;
end
$$;

comment on function booking.transition_reservation(text, uuid, integer, text, boolean, interval) is
  'Makes the move that the action names: the rows of booking.reservation_transitions say from where, to what, and who may. '
  '403 forbidden, 404 not_found, 409 hold_expired, version_conflict, invalid_transition (details.possible_actions) or slot_taken, 422 of the rules.';

commit;
