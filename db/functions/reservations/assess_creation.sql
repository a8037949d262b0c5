begin;
set local role berth_owner;

create function booking.assess_creation(a booking.assessment, override boolean, pencil_ttl interval) returns booking.assessment
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wanted booking.reservations := a.wanted;
begin
  if v_wanted.owner_id is distinct from (a.request).user_id then
    v_wanted.owner_id := booking.check_owner(a.request, v_wanted.owner_id);
  end if;
  if not (booking.check_time_range(v_wanted.starts_at, v_wanted.ends_at) and coalesce(v_wanted.units >= 1, false)
          and (pencil_ttl is null or v_wanted.status = 'pencilled')
          and (v_wanted.unit is null or (v_wanted.unit between 1 and (a.resource).capacity and v_wanted.units = 1))) then
    perform booking.raise_error(400, 'invalid_argument',
      case when (v_wanted.units >= 1) is not true then 'Ask for one unit or more.'
           when pencil_ttl is not null and v_wanted.status <> 'pencilled' then 'Only a pencilled reservation has a time of its own to expire.'
           else 'A reservation can be pinned to one of the resource''s units. Ask for the others on their own.' end,
      pg_catalog.jsonb_build_object('argument', case when (v_wanted.units >= 1) is not true then 'units'
        when pencil_ttl is not null and v_wanted.status <> 'pencilled' then 'pencil_ttl' else 'unit' end));
  elsif v_wanted.priority > (a.rules).max_priority and (a.request).role = 'member' then
    perform booking.refuse_priority(a.rules, v_wanted.priority);
  end if;
  if pencil_ttl is not null then
    v_wanted.expires_at := booking.choose_expiry(a.resource, null, pencil_ttl, override);
  end if;
  if (a.resource).price_amount > 0 then
    v_wanted.amount_due := booking.price_of(a.resource, v_wanted.starts_at, v_wanted.ends_at, v_wanted.units);
    v_wanted.payment_status := booking.first_payment_status(a.resource, v_wanted.amount_due, v_wanted.status = 'confirmed' and override);
    v_wanted.currency := case when v_wanted.amount_due is not null then (a.resource).price_currency end;
  end if;
  if v_wanted.status = 'confirmed' then
    v_wanted.status := case when (a.resource).requires_approval and override is not true then 'pending'
                            when v_wanted.payment_status = 'unpaid' then 'held' else 'confirmed' end;
  end if;
  v_wanted.tenant_id := (a.request).tenant_id;
  v_wanted.id := coalesce(v_wanted.id, pg_catalog.gen_random_uuid());
  v_wanted.buffer_before := (a.rules).buffer_before;
  v_wanted.buffer_after := (a.rules).buffer_after;
  v_wanted.title := coalesce(v_wanted.title, '');
  v_wanted.priority := coalesce(v_wanted.priority, 0);
  v_wanted.metadata := coalesce(v_wanted.metadata, '{}');
  v_wanted.version := 1;
  v_wanted.is_late := false;
  v_wanted.status_since := a.asked_at;
  v_wanted.created_at := a.asked_at;
  v_wanted.updated_at := a.asked_at;
  a.wanted := v_wanted;
  a.is_new_time := true;
  a.is_kept := false;
  return a;
end
$$;

comment on function booking.assess_creation(booking.assessment, boolean, interval) is
  'What assess() does for a new reservation, the rules aside: who may make it, with which status, price and buffers.';

commit;
