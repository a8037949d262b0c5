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
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'reschedule_reservation',
    row(reservation_id, starts_at, ends_at, resource_id, units, expected_version, override, reason),
    reason => reason, override => override);
  v_move booking.reservations;
  v_result booking.reservations;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  v_move.id := reservation_id;
  v_move.resource_id := resource_id;
  v_move.starts_at := starts_at;
  v_move.ends_at := ends_at;
  v_move.units := units;
  v_move.version := expected_version;
  select m.* into v_result from booking.make_moves(v_request, array[v_move], override) m;
  return booking.remember_response(v_request, v_result);
end
$$;

comment on function api.reschedule_reservation(uuid, timestamptz, timestamptz, uuid, integer, integer, boolean, text) is
  'Moves a reservation to another time, resource or number of units in one step: if the new slot is refused, the old '
  'one is kept. '
  '400 invalid_time_range; 403 forbidden; 404 not_found; 409 slot_taken, blackout, hold_expired, version_conflict, '
  'invalid_transition (it is over or cancelled), payment_required (it is paid, and would cost more there); 422 of the '
  'rules.';
grant execute on function api.reschedule_reservation(
  uuid, timestamptz, timestamptz, uuid, integer, integer, boolean, text
) to authenticated, service_role;

commit;
