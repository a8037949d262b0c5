begin;
set local role berth_owner;

create function booking.assess_move(a booking.assessment, override boolean) returns booking.assessment
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_current booking.reservations := a.current;
  v_wanted booking.reservations := a.wanted;
  v_is_elsewhere boolean := v_wanted.resource_id <> v_current.resource_id;
  v_old_resource booking.resources := a.resource;
begin
  perform booking.check_authority(a.request, v_current, 'member');
  if not (booking.check_time_range(v_wanted.starts_at, v_wanted.ends_at) and coalesce(v_wanted.units >= 1, false)) then
    perform booking.raise_error(400, 'invalid_argument', 'units is 1 or more.', '{"argument": "units"}');
  end if;
  perform booking.check_movable(v_current);
  if v_is_elsewhere then
    v_old_resource := booking.find_resource(v_current.tenant_id, v_current.resource_id);
    v_wanted.unit := null;
    if v_current.priority > (a.rules).max_priority and (a.request).role = 'member' then
      perform booking.refuse_priority(a.rules, v_current.priority);
    end if;
  elsif v_current.unit is not null and v_wanted.units > 1 then
    perform booking.raise_error(400, 'invalid_argument', 'It is pinned to one unit. Book the others on their own.',
      '{"argument": "units"}');
  end if;
  v_wanted.buffer_before := (a.rules).buffer_before;
  v_wanted.buffer_after := (a.rules).buffer_after;
  v_wanted.amount_due := booking.price_of(a.resource, v_wanted.starts_at, v_wanted.ends_at, v_wanted.units);
  v_wanted.currency := case when v_wanted.amount_due is not null then (a.resource).price_currency end;
  if v_current.payment_status in ('quoted', 'unpaid')
     or (v_current.payment_status is null and v_current.status = any (booking.live_statuses()) and v_current.status <> all (booking.firm_statuses())) then
    -- Whoever moves it past its approver asks anew.
    v_wanted.payment_status := case
      when v_wanted.amount_due is null then null
      when not (a.resource).requires_approval then 'unpaid'
      when (a.request).role < 'approver' then 'quoted'
      else coalesce(v_current.payment_status, 'quoted') end;
  else
    -- Prices may have changed since: it is enough that it would cost no more there than where it is.
    if override is not true
       and (v_wanted.currency <> v_current.currency
            or v_wanted.amount_due > greatest(v_current.amount_due, 0, case when v_old_resource.price_currency = v_wanted.currency then
                 booking.price_of(v_old_resource, v_current.starts_at, v_current.ends_at, v_current.units) end)) then
      perform booking.raise_error(409, 'payment_required',
        pg_catalog.format('It would cost more there (%s %s); cancel it and book anew.', v_wanted.currency, v_wanted.amount_due),
        pg_catalog.jsonb_build_object('amount_due', v_wanted.amount_due, 'currency', v_wanted.currency,
                                      'paid_for', v_current.amount_due, 'reservation_id', v_current.id));
    end if;
    v_wanted.payment_status := v_current.payment_status;
    v_wanted.amount_due := v_current.amount_due;
    v_wanted.currency := v_current.currency;
  end if;
  if v_current.payment_status = 'paid' and v_current.starts_at <= a.asked_at
     and v_wanted.starts_at <> v_current.starts_at
     and override is not true then
    -- Else whoever has used it would move it on to a later time, and cancel it there for a refund.
    perform booking.raise_error(409, 'invalid_transition',
      'It is paid for and has begun: only its end can still change. Ask a manager to move it.',
      pg_catalog.jsonb_build_object('status', v_current.status, 'action', 'reschedule', 'reservation_id', v_current.id));
  end if;
  if (a.resource).requires_approval and v_current.status = any (booking.firm_statuses())
     and (a.request).role < 'approver' then
    perform booking.raise_error(403, 'forbidden',
      pg_catalog.format('Changes on %s need approval: ask an approver to move it, or cancel it and ask anew.', (a.resource).name));
  end if;
  if v_is_elsewhere or v_wanted.starts_at > v_current.starts_at or v_wanted.ends_at < v_current.ends_at
     or v_wanted.units < v_current.units then
    perform booking.check_cutoff(a.request, v_current, v_old_resource, override);
  end if;
  a.wanted := v_wanted;
  a.is_kept := false;
  -- To give back a part takes nothing new.
  a.is_new_time := v_is_elsewhere or v_wanted.starts_at < v_current.starts_at or v_wanted.ends_at > v_current.ends_at
                   or v_wanted.units > v_current.units;
  return a;
end
$$;

comment on function booking.assess_move(booking.assessment, boolean) is
  'What assess() does for another time, resource or number of units, the rules aside: who may move it, what it costs '
  'there, and whether the old time may still be given back.';

commit;
