begin;
set local role berth_owner;

create function booking.make_reservation(
  request booking.request,
  draft booking.reservations,
  status text,
  override boolean,
  pencil_ttl interval default null
) returns booking.reservations
language plpgsql volatile
set search_path = ''
as $$
declare
  v_resource booking.resources := booking.find_resource(request.tenant_id, draft.resource_id);
  v_rules booking.booking_rules := booking.find_rules(v_resource);
  v_result booking.reservations;
begin
  if draft.owner_id <> request.user_id then
    if request.role < 'manager' then
      perform booking.raise_error(403, 'forbidden', 'Only managers book for others; leave owner_id out.');
    elsif not exists (select from booking.members m
                       where m.tenant_id = request.tenant_id and m.user_id = draft.owner_id) then
      perform booking.raise_error(404, 'not_found', 'owner_id is no member of this tenant.',
        pg_catalog.jsonb_build_object('owner_id', draft.owner_id));
    end if;
  end if;
  if not (booking.check_rules(v_resource, v_rules, draft.starts_at, draft.ends_at, draft.units, override,
                              case when request.role = 'member' then request.user_id end, case when status is distinct from 'tentative' then coalesce(draft.owner_id, request.user_id) end)
          and booking.check_priority(request.role, v_rules, draft.priority)
          and coalesce(status in ('confirmed', 'tentative', 'held', 'pencilled'), false)
          and (pencil_ttl is null or status = 'pencilled')
          and (draft.unit is null or (draft.unit between 1 and v_resource.capacity and draft.units = 1))) then
    perform booking.raise_error(400, 'invalid_argument',
      'status is confirmed, tentative, held or pencilled; pencil_ttl is for pencilled ones; unit pins one of the resource''s units.');
  end if;
  if pencil_ttl is not null then
    draft.expires_at := booking.choose_expiry(v_resource, pencil_ttl, override);
  end if;
  if v_resource.price_amount > 0 then
    draft.amount_due := booking.price_of(v_resource, draft.starts_at, draft.ends_at, draft.units);
    draft.payment_status := booking.first_payment_status(v_resource, draft.amount_due, status = 'confirmed' and override);
  end if;
  insert into booking.reservations (
    tenant_id, id, resource_id, status, starts_at, ends_at, units, unit, title, notes, owner_id, priority, expires_at,
    buffer_before, buffer_after, series_id, original_starts_at, bundle_id, source_module, source_id, metadata, status_reason,
    payment_status, amount_due, currency)
  values (
    request.tenant_id,
    coalesce(draft.id, pg_catalog.gen_random_uuid()),
    v_resource.id,
    case when status = 'confirmed' and v_resource.requires_approval and override is not true then 'pending'
         when status = 'confirmed' and draft.payment_status = 'unpaid' then 'held' else status end::booking.reservation_status,
    draft.starts_at,
    draft.ends_at,
    draft.units,
    draft.unit,
    coalesce(draft.title, ''),
    draft.notes,
    coalesce(draft.owner_id, request.user_id),
    coalesce(draft.priority, 0),
    draft.expires_at,
    v_rules.buffer_before,
    v_rules.buffer_after,
    draft.series_id,
    draft.original_starts_at,
    draft.bundle_id,
    draft.source_module,
    draft.source_id,
    coalesce(draft.metadata, '{}'),
    draft.status_reason,
    draft.payment_status,
    draft.amount_due,
    case when draft.amount_due is not null then v_resource.price_currency end)
  on conflict on constraint reservations_pkey do nothing
  returning * into v_result;
  if not found then
    perform booking.raise_error(409, 'duplicate_id', 'A reservation with this id exists already.',
      pg_catalog.jsonb_build_object('id', draft.id));
  elsif v_result.status = any (booking.counting_statuses()) and override is not true then
    perform booking.check_quotas(v_resource, v_rules, v_result.owner_id, v_result.starts_at, v_result.ends_at, array[v_result.id]);
  end if;
  return v_result;
end
$$;

comment on function booking.make_reservation(booking.request, booking.reservations, text, boolean, interval) is
  'Makes one reservation for a request that has begun, as create_reservation describes; status is what was asked for.';

commit;
