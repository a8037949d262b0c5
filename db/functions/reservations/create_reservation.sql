begin;
set local role berth_owner;

create function api.create_reservation(
  resource_id uuid,
  starts_at timestamptz,
  ends_at timestamptz,
  status text default 'confirmed',
  title text default '',
  notes text default null,
  units integer default 1,
  unit integer default null,
  priority integer default 0,
  owner_id uuid default null,
  id uuid default null,
  source_module text default null,
  source_id text default null,
  metadata jsonb default '{}',
  override boolean default false,
  reason text default null,
  pencil_ttl interval default null
) returns api.reservations
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'create_reservation',
    case when booking.idempotency_key() is not null then
      row(resource_id, starts_at, ends_at, status, title, notes, units, unit, priority, owner_id, id,
          source_module, source_id, metadata, override, reason, pencil_ttl) end,
    reason => reason, override => override);
  a booking.assessment;
  v_draft booking.reservations;
  v_result booking.reservations;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  elsif booking.check_description(title, notes, metadata, source_module, source_id) then
    a := booking.begin_assessment(v_request, resource_id);
  end if;
  v_draft.title := title;
  v_draft.notes := notes;
  v_draft.metadata := metadata;
  v_draft.id := id;
  v_draft.resource_id := resource_id;
  v_draft.starts_at := starts_at;
  v_draft.ends_at := ends_at;
  v_draft.units := units;
  v_draft.unit := unit;
  v_draft.owner_id := owner_id;
  v_draft.priority := priority;
  v_draft.source_module := source_module;
  v_draft.source_id := source_id;
  v_draft.status_reason := reason;
  v_draft.status := booking.read_status(status);
  a.wanted := v_draft;
  v_result := booking.make_reservation(a, override, pencil_ttl);
  return booking.remember_response(v_request, v_result);
end
$$;

comment on function api.create_reservation(
  uuid, timestamptz, timestamptz, text, text, text, integer, integer, integer, uuid, uuid, text, text, jsonb, boolean,
  text, interval
) is
  'Books: the reservation, or a refusal that changes nothing. status confirmed (the default) becomes pending where the '
  'resource requires approval, and held where it costs something, until it is paid; tentative takes no time; '
  'held and pencilled take it until expires_at, by the rules hold_ttl and pencil_ttl; pencil_ttl gives a pencilled one '
  'its own, between min_pencil_ttl and max_pencil_ttl. '
  'priority displaces held and pencilled reservations of lower priority where the rule allow_preemption is set. '
  'owner_id is for managers booking for others; id is the client''s own, if it has one; override (managers, with a '
  'reason) skips the rules, never the conflict. '
  '400 invalid_time_range, invalid_argument; 403 forbidden; 404 not_found; 409 slot_taken (details.conflicts), '
  'blackout, duplicate_id; '
  '422 of the rules: too_soon, too_far_ahead, too_short, too_long, off_grid, outside_opening_hours, quota_exceeded, '
  'resource_inactive, too_many_units, suspended.';
grant execute on function api.create_reservation(
  uuid, timestamptz, timestamptz, text, text, text, integer, integer, integer, uuid, uuid, text, text, jsonb, boolean,
  text, interval
) to authenticated, service_role;

commit;
