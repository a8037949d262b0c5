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
set search_path = ''
as $$
declare
  v_request booking.request := booking.begin_request(
    'create_reservation',
    case when booking.idempotency_key() is not null then
      pg_catalog.jsonb_build_array(resource_id, starts_at, ends_at, status, title, notes, units, unit, priority, owner_id, id,
                                   source_module, source_id, metadata, override, reason, pencil_ttl) end,
    reason => reason, override => override);
  v_resource booking.resources;
  v_expires_at timestamptz;
  v_result api.reservations;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  v_resource := booking.open_resource(v_request.tenant_id, resource_id, starts_at, ends_at, units, override);
  if not (booking.check_standing(v_request.tenant_id, v_request.user_id, v_request.role, v_resource, priority)
          and booking.check_description(title, notes, metadata)
          and coalesce(status in ('confirmed', 'tentative', 'held', 'pencilled'), false)
          and (pencil_ttl is null or status = 'pencilled')
          and (unit is null or (unit between 1 and v_resource.capacity and units = 1))) then
    perform booking.raise_error(400, 'invalid_argument',
      'status is confirmed, tentative, held or pencilled; pencil_ttl is for pencilled ones; unit pins one of the resource''s units.');
  end if;
  if pencil_ttl is not null then
    v_expires_at := booking.choose_expiry(v_resource, pencil_ttl, override);
  end if;
  if owner_id <> v_request.user_id then
    if v_request.role < 'manager' then
      perform booking.raise_error(403, 'forbidden', 'Only managers book for others; leave owner_id out.');
    elsif not exists (select from booking.members m
                       where m.tenant_id = v_request.tenant_id and m.user_id = create_reservation.owner_id) then
      perform booking.raise_error(404, 'not_found', 'owner_id is no member of this tenant.',
        pg_catalog.jsonb_build_object('owner_id', owner_id));
    end if;
  end if;

  insert into booking.reservations (
    tenant_id, id, resource_id, status, starts_at, ends_at, units, unit, title, notes, owner_id, priority, expires_at,
    source_module, source_id, metadata, status_reason)
  values (
    v_request.tenant_id,
    coalesce(create_reservation.id, pg_catalog.gen_random_uuid()),
    v_resource.id,
    case when status = 'confirmed' and v_resource.requires_approval and override is not true then 'pending' else status end::booking.reservation_status,
    create_reservation.starts_at,
    create_reservation.ends_at,
    create_reservation.units,
    create_reservation.unit,
    coalesce(create_reservation.title, ''),
    create_reservation.notes,
    coalesce(create_reservation.owner_id, v_request.user_id),
    coalesce(create_reservation.priority, 0),
    v_expires_at,
    create_reservation.source_module,
    create_reservation.source_id,
    coalesce(create_reservation.metadata, '{}'),
    create_reservation.reason)
  on conflict on constraint reservations_pkey do nothing
  returning * into v_result;
  if not found then
    perform booking.raise_error(409, 'duplicate_id', 'A reservation with this id exists already.',
      pg_catalog.jsonb_build_object('id', id));
  end if;
  if v_request.key is not null then
    perform booking.remember_response(v_request, pg_catalog.to_jsonb(v_result));
  end if;
  return v_result;
end
$$;

comment on function api.create_reservation(uuid, timestamptz, timestamptz, text, text, text, integer, integer, integer, uuid, uuid, text, text, jsonb, boolean, text, interval) is
  'Books: the reservation, or a refusal that changes nothing. status confirmed (the default) becomes pending where the resource requires approval; tentative takes no time; '
  'held and pencilled take it until expires_at, by the rules hold_ttl and pencil_ttl; pencil_ttl gives a pencilled one its own, between min_pencil_ttl and max_pencil_ttl. '
  'priority displaces held and pencilled reservations of lower priority where the rule allow_preemption is set. '
  'owner_id is for managers booking for others; id is the client''s own, if it has one; override (managers, with a reason) skips the rules, never the conflict. '
  '400 invalid_time_range, invalid_argument; 403 forbidden; 404 not_found; 409 slot_taken (details.conflicts), duplicate_id; 422 too_soon, resource_inactive, too_many_units, suspended.';
grant execute on function api.create_reservation(uuid, timestamptz, timestamptz, text, text, text, integer, integer, integer, uuid, uuid, text, text, jsonb, boolean, text, interval) to authenticated, service_role;

commit;
