begin;
set local role berth_owner;

create function booking.prepare_reservation(
  request booking.request,
  resource booking.resources,
  rules booking.booking_rules,
  draft booking.reservations,
  status text,
  override boolean,
  pencil_ttl interval
) returns booking.reservations
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := booking.now();
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
  draft.owner_id := coalesce(draft.owner_id, request.user_id);
  if not (booking.check_rules(resource, rules, draft.starts_at, draft.ends_at, draft.units, override,
                              case when request.role = 'member' then request.user_id end, case when status is distinct from 'tentative' then draft.owner_id end)
          and booking.check_priority(request.role, rules, draft.priority)
          and coalesce(status in ('confirmed', 'tentative', 'held', 'pencilled'), false)
          and (pencil_ttl is null or status = 'pencilled')
          and (draft.unit is null or (draft.unit between 1 and resource.capacity and draft.units = 1))) then
    perform booking.raise_error(400, 'invalid_argument',
      'status is confirmed, tentative, held or pencilled; pencil_ttl is for pencilled ones; unit pins one of the resource''s units.',
      pg_catalog.jsonb_build_object('argument', case
        when (status in ('confirmed', 'tentative', 'held', 'pencilled')) is not true then 'status'
        when pencil_ttl is not null and status <> 'pencilled' then 'pencil_ttl' else 'unit' end));
  end if;
  if pencil_ttl is not null then
    draft.expires_at := booking.choose_expiry(resource, null, pencil_ttl, override);
  end if;
  if resource.price_amount > 0 then
    draft.amount_due := booking.price_of(resource, draft.starts_at, draft.ends_at, draft.units);
    draft.payment_status := booking.first_payment_status(resource, draft.amount_due, status = 'confirmed' and override);
    draft.currency := case when draft.amount_due is not null then resource.price_currency end;
  end if;
  draft.tenant_id := request.tenant_id;
  draft.id := coalesce(draft.id, pg_catalog.gen_random_uuid());
  draft.status := case when status = 'confirmed' and resource.requires_approval and override is not true then 'pending'
                       when status = 'confirmed' and draft.payment_status = 'unpaid' then 'held' else status end;
  draft.buffer_before := rules.buffer_before;
  draft.buffer_after := rules.buffer_after;
  draft.title := coalesce(draft.title, '');
  draft.priority := coalesce(draft.priority, 0);
  draft.metadata := coalesce(draft.metadata, '{}');
  draft.version := 1;
  draft.is_late := false;
  draft.status_since := v_now;
  draft.created_at := v_now;
  draft.updated_at := v_now;
  return draft;
end
$$;

comment on function booking.prepare_reservation(booking.request, booking.resources, booking.booking_rules, booking.reservations, text, boolean, interval) is
  'The row to be inserted for a draft, as create_reservation describes it, or what the rules have against it; status is what was asked for, override skips the rules. Time and quotas are seen to when it is inserted.';

commit;
