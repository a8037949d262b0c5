begin;
set local role berth_owner;

create function api.reschedule_bundle(
  bundle_id uuid,
  shift interval,
  reason text default null,
  override boolean default false
) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'reschedule_bundle', row(bundle_id, shift, reason, override), reason => reason, override => override);
  v_moves booking.reservations[] := '{}';
  v_move booking.reservations;
  v_resource booking.resources;
  v_during tstzrange;
  v_refusal jsonb;
  v_rejected jsonb := '[]';
  v_response jsonb;
begin
  if v_request.replay is not null then
    return v_request.replay;
  end if;
  if shift is null or shift = '0' or shift not between '-10 years' and '10 years' then
    perform booking.raise_error(400, 'invalid_argument',
      'shift says how much later, or, negative, earlier, up to ten years: "1 day", "-90 minutes".', '{"argument": "shift"}');
  end if;
  perform booking.lock_bundle(v_request, bundle_id);
  foreach v_move in array array(
    select r
      from booking.reservations r
     where r.tenant_id = v_request.tenant_id and r.bundle_id = reschedule_bundle.bundle_id
       and not booking.is_as_far('reschedule', r.status)
     order by r.starts_at, r.id)
  loop
    v_refusal := booking.describe_unchangeable('reschedule', v_move);
    -- Where a hold has run out meanwhile, nobody has decided to go without it: begin_move() refuses that.
    if v_refusal ->> 'code' <> 'hold_expired' then
      v_rejected := v_rejected || v_refusal;
      continue;
    end if;
    v_resource := booking.find_resource(v_move.tenant_id, v_move.resource_id);
    v_during := booking.shift_range(pg_catalog.tstzrange(v_move.starts_at, v_move.ends_at), shift, v_resource.timezone);
    v_move.starts_at := pg_catalog.lower(v_during);
    v_move.ends_at := pg_catalog.upper(v_during);
    v_move.version := null;
    v_moves := v_moves || v_move;
  end loop;
  if v_moves = '{}' then
    perform booking.raise_error(409, 'invalid_transition', 'Nothing is left in this bundle.',
      booking.add_rejected('{"action": "reschedule"}', v_rejected));
  end if;
  perform booking.make_moves(v_request, v_moves, override);
  v_response := booking.add_rejected(booking.show_bundle(v_request.tenant_id, bundle_id), v_rejected);
  return booking.remember_response(v_request, v_response);
end
$$;

comment on function api.reschedule_bundle(uuid, interval, text, boolean) is
  'Moves all of a bundle that can still move by the same span, or nothing: days by the calendar of each resource''s '
  'zone, hours as they elapse. '
  'What is over or rejected stays, and is named in rejected, as cancel_bundle says; where a hold has expired, none is '
  'moved. '
  'Errors are reschedule_reservation''s, of the first that cannot be had; 400 invalid_argument; 404 not_found.';
grant execute on function api.reschedule_bundle(uuid, interval, text, boolean) to authenticated, service_role;

commit;
