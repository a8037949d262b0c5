begin;
set local role berth_owner;

create function api.start_payment(
  reservation_id uuid default null,
  bundle_id uuid default null,
  series_id uuid default null,
  provider text default 'payfast',
  currency text default null
) returns api.payments
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'start_payment', row(reservation_id, bundle_id, series_id, provider, currency));
  v_tenant_id uuid := v_request.tenant_id;
  v_ids uuid[];
  v_reservation booking.reservations;
  v_resource booking.resources;
  a booking.assessment;
  v_first booking.reservations;
  v_items booking.payment_items[] := '{}';
  v_item booking.payment_items;
  v_amount numeric := 0;
  v_payment_id uuid;
  v_result api.payments;
begin
  perform booking.check_text('provider', provider, 50);
  perform booking.check_text('currency', currency, 3);
  if v_request.replay is not null then
    if (v_request.replay ->> 'owner_id')::uuid is distinct from v_request.user_id and v_request.role < 'manager' then
      perform booking.raise_error(403, 'forbidden',
        'This request was done before. You may no longer see what it was about.');
    end if;
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  elsif coalesce(reservation_id, bundle_id, series_id) is null then
    perform booking.raise_error(400, 'invalid_argument', 'Say what is paid for: reservation_id, bundle_id or series_id.', '{"argument": "reservation_id"}');
  elsif (provider ~ '^[a-z0-9_]{1,50}$') is not true then
    perform booking.raise_error(400, 'invalid_argument', 'provider is the name of one that the gateway knows, like payfast.', '{"argument": "provider"}');
  end if;
  if bundle_id is not null then
    perform booking.find_bundle(v_request, bundle_id);
  end if;
  if series_id is not null then
    perform booking.find_series(v_tenant_id, v_request.user_id, v_request.role, series_id);
  end if;
  v_ids := array(
    select r.id
      from booking.reservations r
     where r.tenant_id = v_tenant_id
       and (r.id = start_payment.reservation_id or r.bundle_id = start_payment.bundle_id or r.series_id = start_payment.series_id));
  perform booking.lock_reservations(v_tenant_id, v_ids);
  if reservation_id is not null then
    v_reservation := booking.find_reservation(v_request, reservation_id, null);
    if v_reservation.payment_status is distinct from 'unpaid'
       or not (v_reservation.status = 'tentative' or v_reservation.status = any (booking.expiring_statuses())) then
      perform booking.raise_error(409, 'invalid_transition',
        case when v_reservation.payment_status = 'quoted' then 'It is paid for once it is approved; confirm it first.'
             when v_reservation.payment_status = 'unpaid' then pg_catalog.format('A %s reservation cannot be paid for.', v_reservation.status)
             else 'There is nothing to pay.' end,
        pg_catalog.jsonb_build_object('status', v_reservation.status, 'payment_status', v_reservation.payment_status, 'action', 'pay'));
    end if;
  end if;

  for v_reservation in
    select r.*
      from booking.reservations r
     where r.tenant_id = v_tenant_id and r.id = any (v_ids) and r.payment_status = 'unpaid'
       and (r.status = 'tentative' or r.status = any (booking.expiring_statuses()) or (r.status = 'expired' and r.bundle_id = start_payment.bundle_id))
     order by r.starts_at, r.id
  loop
    -- Of a bundle, whose parts stand or fall together, none may have expired; of a series, what has is left out.
    continue when v_reservation.expires_at <= booking.now() and v_reservation.bundle_id is null;
    if v_reservation.ends_at <= booking.now() then
      -- So of a time that has passed.
      continue when v_reservation.bundle_id is null and reservation_id is null;
      perform booking.refuse_violations(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
        'code', 'too_soon', 'reservation_id', v_reservation.id, 'ends_at', v_reservation.ends_at, 'now', booking.now(),
        'hint', 'This time has passed, so it can no longer be paid for. Choose a later one.')));
    end if;
    v_reservation := booking.find_reservation(v_request, v_reservation.id, null);
    perform booking.check_authority(v_request, v_reservation, 'member');
    v_resource := booking.find_resource(v_tenant_id, v_reservation.resource_id);
    if v_reservation.currency <> coalesce(currency, v_first.currency) then
      perform booking.raise_error(400, 'invalid_argument',
        pg_catalog.format('It is priced in %s, and cannot be paid in %s.', v_reservation.currency, coalesce(currency, v_first.currency)),
        pg_catalog.jsonb_build_object('argument', 'currency', 'reservation_id', v_reservation.id, 'currency', v_reservation.currency));
    end if;
    perform booking.check_standing(v_request, v_resource, booking.find_rules(v_resource));
    if v_reservation.status = 'tentative' then
      v_reservation := booking.make_transition(v_request, 'bill', v_reservation);
    elsif v_reservation.waitlist_entry_id is not null then
      -- They accept it by paying.
      a := booking.begin_assessment(v_request, v_reservation.resource_id);
      a.wanted := v_reservation;
      perform booking.take_quotas(a);
    end if;
    if v_first.id is null then
      v_first := v_reservation;
      v_first.owner_id := coalesce(v_first.owner_id, v_request.user_id);
    end if;
    v_item := row(v_tenant_id, null, v_reservation.id, v_reservation.amount_due, null);
    v_items := v_items || v_item;
    v_amount := v_amount + v_item.amount;
  end loop;
  if v_items = '{}' then
    perform booking.raise_error(409, 'invalid_transition', 'There is nothing to pay.', '{"action": "pay"}');
  end if;

  -- Whoever begins the same checkout again goes on with it.
  select p.id into v_payment_id
    from booking.payments p
   where p.tenant_id = v_tenant_id and p.owner_id = v_first.owner_id and p.provider = start_payment.provider
     and p.status = 'pending' and p.currency = v_first.currency and p.amount = v_amount
     and (select pg_catalog.array_agg((i.reservation_id, i.amount) order by i.reservation_id) from booking.payment_items i
           where i.tenant_id = p.tenant_id and i.payment_id = p.id)
       = (select pg_catalog.array_agg((i.reservation_id, i.amount) order by i.reservation_id) from pg_catalog.unnest(v_items) i)
   limit 1;
  if not found then
    v_resource := booking.find_resource(v_tenant_id, v_first.resource_id);
    insert into booking.payments (tenant_id, owner_id, provider, amount, currency, description)
    values (v_tenant_id, v_first.owner_id, start_payment.provider, v_amount, v_first.currency,
            pg_catalog.format('%s, %s%s', v_resource.name, pg_catalog.to_char(v_first.starts_at at time zone v_resource.timezone, 'YYYY-MM-DD HH24:MI'),
                              case when pg_catalog.cardinality(v_items) > 1 then pg_catalog.format(' and %s more', pg_catalog.cardinality(v_items) - 1) else '' end))
    returning id into v_payment_id;
    insert into booking.payment_items (tenant_id, payment_id, reservation_id, amount)
    select v_tenant_id, v_payment_id, i.reservation_id, i.amount from pg_catalog.unnest(v_items) i;
  end if;
  select p.* into v_result from api.payments p where p.tenant_id = v_tenant_id and p.id = v_payment_id;
  return booking.remember_response(v_request, v_result);
end
$$;

comment on function api.start_payment(uuid, uuid, uuid, text, text) is
  'Begins a checkout with a provider, in the caller''s name: for a reservation, or what of a bundle or a series is '
  'still to be paid, as one payment. What is tentative is held from now on. The gateway calls it and signs the '
  'provider''s form; '
  'the payment is pending until the provider tells the gateway more. Begun again, it is the same payment. currency is '
  'the one the provider takes. '
  '400 invalid_argument; 403 forbidden; 404 not_found; 409 invalid_transition (there is nothing to pay, or not yet), '
  'hold_expired, slot_taken, blackout; 422 quota_exceeded, suspended, too_soon (its time has passed).';
grant execute on function api.start_payment(uuid, uuid, uuid, text, text) to authenticated, service_role;

commit;
