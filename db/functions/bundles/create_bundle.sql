begin;
set local role berth_owner;

create function api.create_bundle(
  items jsonb,
  title text default '',
  status text default 'confirmed',
  owner_id uuid default null,
  priority integer default 0,
  id uuid default null,
  override boolean default false,
  reason text default null,
  pencil_ttl interval default null
) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'create_bundle',
    row(items, title, status, owner_id, priority, id, override, reason, pencil_ttl),
    reason => reason, override => override);
  v_items booking.reservations[];
  v_item booking.reservations;
  v_status booking.reservation_status := booking.read_status(status);
  a booking.assessment;
  v_bundle_id uuid := coalesce(id, pg_catalog.gen_random_uuid());
  v_response jsonb;
begin
  if v_request.replay is not null then
    return v_request.replay;
  end if;
  v_items := booking.read_items(items, 'items', 100,
    '{resource_id, starts_at, ends_at, units, unit, title, notes, metadata, id, source_module, source_id}');
  if booking.check_description(title, null, null) then
    perform booking.lock_resources(v_request.tenant_id, array(select i.resource_id from pg_catalog.unnest(v_items) i));
  end if;
  insert into booking.bundles (tenant_id, id, title, owner_id)
  values (v_request.tenant_id, v_bundle_id, coalesce(title, ''), coalesce(create_bundle.owner_id, v_request.user_id))
  on conflict on constraint bundles_pkey do nothing;
  if not found then
    perform booking.raise_error(409, 'duplicate_id', 'A bundle with this id exists already.', pg_catalog.jsonb_build_object('id', id));
  end if;
  v_response := '[]';
  foreach v_item in array v_items loop
    if booking.check_description(v_item.title, v_item.notes, v_item.metadata, v_item.source_module, v_item.source_id) then
      v_item.bundle_id := v_bundle_id;
      v_item.units := coalesce(v_item.units, 1);
      v_item.title := coalesce(v_item.title, create_bundle.title);
      v_item.owner_id := create_bundle.owner_id;
      v_item.priority := create_bundle.priority;
      v_item.status := v_status;
      v_item.status_reason := reason;
    end if;
    a := booking.begin_assessment(v_request, v_item.resource_id);
    a.wanted := v_item;
    v_response := v_response || pg_catalog.to_jsonb(booking.make_reservation(a, override, pencil_ttl));
  end loop;
  v_response := pg_catalog.jsonb_build_object('bundle_id', v_bundle_id, 'reservations', v_response);
  return booking.remember_response(v_request, v_response);
end
$$;

comment on function api.create_bundle(jsonb, text, text, uuid, integer, uuid, boolean, text, interval) is
  'Books several resources together or not at all. items is a list of 1 to 100 {resource_id, starts_at, ends_at, '
  'units?, unit?, title?, notes?, metadata?, id?, source_module?, source_id?}, '
  'each with its own range; the other arguments are create_reservation''s, for all of them. Answers {"bundle_id", '
  '"reservations": […]}, in the order of the items; '
  'those on resources that require approval are pending. Errors are create_reservation''s, of the first item that '
  'cannot be had.';
grant execute on function api.create_bundle(
  jsonb, text, text, uuid, integer, uuid, boolean, text, interval
) to authenticated, service_role;

commit;
