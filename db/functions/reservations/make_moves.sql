begin;
set local role berth_owner;

create function booking.make_moves(
  request booking.request,
  moves booking.reservations[],
  override boolean
) returns setof booking.reservations
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_move booking.reservations;
  v_reservation booking.reservations;
  v_resource booking.resources;
  v_old_resource booking.resources;
  v_rules booking.booking_rules;
  v_targets booking.reservations[] := '{}';
  v_results booking.reservations[];
begin
  perform booking.lock_reservations(
    request.tenant_id,
    array(select m.id from pg_catalog.unnest(moves) m),
    array(select m.resource_id from pg_catalog.unnest(moves) m where m.resource_id is not null));
  foreach v_move in array moves loop
    v_reservation := booking.find_reservation(request, v_move.id, v_move.version);
    perform booking.check_authority(request, v_reservation, 'member');
    v_move.resource_id := coalesce(v_move.resource_id, v_reservation.resource_id);
    v_move.units := coalesce(v_move.units, v_reservation.units);
    v_move.series_id := coalesce(v_move.series_id, v_reservation.series_id);
    v_move.original_starts_at := coalesce(v_move.original_starts_at, v_reservation.original_starts_at);
    v_resource := booking.find_resource(request.tenant_id, v_move.resource_id);
    v_rules := booking.find_rules(v_resource);
    if v_resource.id = v_reservation.resource_id and v_move.starts_at = v_reservation.starts_at then
      -- It begins when it began.
      v_rules.min_notice := null;
      v_rules.max_advance := null;
    end if;
    perform booking.check_rules(v_resource, v_rules, v_move.starts_at, v_move.ends_at, v_move.units, override,
      -- To give back a part takes nothing new.
      case when request.role = 'member'
             and (v_resource.id, v_move.starts_at >= v_reservation.starts_at, v_move.ends_at <= v_reservation.ends_at, v_move.units <= v_reservation.units)
                 is distinct from (v_reservation.resource_id, true, true, true) then request.user_id end,
      v_reservation.owner_id, array[v_move.id]);
    v_move.buffer_before := v_rules.buffer_before;
    v_move.buffer_after := v_rules.buffer_after;
    perform booking.check_movable(v_reservation);
    if v_resource.id <> v_reservation.resource_id then
      v_move.unit := null;
      perform booking.check_priority(request.role, v_rules, v_reservation.priority);
    else
      v_move.unit := v_reservation.unit;
      if v_move.unit is not null and v_move.units > 1 then
        perform booking.raise_error(400, 'invalid_argument', 'It is pinned to one unit; book the others on their own.', '{"argument": "units"}');
      end if;
    end if;
    v_move.amount_due := booking.price_of(v_resource, v_move.starts_at, v_move.ends_at, v_move.units);
    v_move.currency := case when v_move.amount_due is not null then v_resource.price_currency end;
    if v_reservation.payment_status in ('quoted', 'unpaid')
       or (v_reservation.payment_status is null and v_reservation.status = any (booking.live_statuses()) and v_reservation.status <> all (booking.firm_statuses())) then
      -- Whoever moves it past its approver asks anew.
      v_move.payment_status := case
        when v_move.amount_due is null then null
        when not v_resource.requires_approval then 'unpaid'
        when request.role < 'approver' then 'quoted'
        else coalesce(v_reservation.payment_status, 'quoted') end;
    else
      v_old_resource := booking.find_resource(request.tenant_id, v_reservation.resource_id);
      -- Prices may have changed since: it is enough that it would cost no more there than where it is.
      if (v_move.currency <> v_reservation.currency
          or v_move.amount_due > greatest(v_reservation.amount_due, 0, case when v_old_resource.price_currency = v_move.currency then
               booking.price_of(v_old_resource, v_reservation.starts_at, v_reservation.ends_at, v_reservation.units) end))
         and override is not true then
        perform booking.raise_error(409, 'payment_required',
          pg_catalog.format('It would cost more there (%s %s); cancel it and book anew.', v_move.currency, v_move.amount_due),
          pg_catalog.jsonb_build_object('amount_due', v_move.amount_due, 'currency', v_move.currency,
                                        'paid_for', v_reservation.amount_due, 'reservation_id', v_reservation.id));
      end if;
      v_move.payment_status := v_reservation.payment_status;
      v_move.amount_due := v_reservation.amount_due;
      v_move.currency := v_reservation.currency;
    end if;
    if v_reservation.payment_status = 'paid' and v_reservation.starts_at <= booking.now() and v_move.starts_at <> v_reservation.starts_at
       and override is not true then
      -- Else whoever has used it would move it on to a later time, and cancel it there for a refund.
      perform booking.raise_error(409, 'invalid_transition',
        'It is paid for and has begun: only its end can still change. Ask a manager to move it.',
        pg_catalog.jsonb_build_object('status', v_reservation.status, 'action', 'reschedule', 'reservation_id', v_reservation.id));
    end if;
    if v_resource.requires_approval and v_reservation.status = any (booking.firm_statuses()) and request.role < 'approver' then
      perform booking.raise_error(403, 'forbidden',
        pg_catalog.format('Changes on %s need approval: ask an approver to move it, or cancel it and ask anew.', v_resource.name));
    end if;
    if not (v_resource.id = v_reservation.resource_id and v_move.starts_at <= v_reservation.starts_at and v_move.ends_at >= v_reservation.ends_at
            and v_move.units >= v_reservation.units) then
      perform booking.check_cutoff(request, v_reservation, booking.find_resource(request.tenant_id, v_reservation.resource_id), override);
    end if;
    v_targets := v_targets || v_move;
  end loop;

  -- Before them in the log, as where one is made.
  for v_resource in
    select s.*
      from booking.resources s
     where s.tenant_id = request.tenant_id and s.id in (select t.resource_id from pg_catalog.unnest(v_targets) t)
     order by s.id
  loop
    perform booking.expire_holds(v_resource);
  end loop;
  -- One statement: all are released before any is taken.
  with moved as (
    update booking.reservations r
       set resource_id = t.resource_id,
           starts_at = t.starts_at,
           ends_at = t.ends_at,
           units = t.units,
           unit = t.unit,
           buffer_before = t.buffer_before,
           buffer_after = t.buffer_after,
           series_id = t.series_id,
           original_starts_at = t.original_starts_at,
           payment_status = t.payment_status,
           amount_due = t.amount_due,
           currency = t.currency
      from pg_catalog.unnest(v_targets) t
     where r.tenant_id = request.tenant_id and r.id = t.id
    returning r.*
  )
  select pg_catalog.array_agg(m::booking.reservations order by t.ordinality) into v_results
    from moved m
    join pg_catalog.unnest(v_targets) with ordinality t on t.id = m.id;
  if override is not true then
    foreach v_reservation in array array(select r from pg_catalog.unnest(v_results) r where r.status = any (booking.counting_statuses()) order by r.owner_id, r.starts_at) loop
      v_resource := booking.find_resource(request.tenant_id, v_reservation.resource_id);
      perform booking.check_quotas(v_resource, booking.find_rules(v_resource), v_reservation.owner_id,
                                   v_reservation.starts_at, v_reservation.ends_at, array[v_reservation.id]);
    end loop;
  end if;
  return query select r.* from pg_catalog.unnest(v_results) r;
end
$$;

comment on function booking.make_moves(booking.request, booking.reservations[], boolean) is
  'For a request that has begun: moves reservations, all or none, judged on how they then stand. Of each move id, starts_at, ends_at count, and where not null resource_id, units, series_id, original_starts_at, and version, the one expected. '
  'What is not paid yet costs what it costs there; what is paid, or was free, does not move to where it would cost more (409 payment_required), unless overridden, and nothing is given back where it costs less. '
  'What is paid and has begun keeps its start (409 invalid_transition), unless overridden. '
  '400 invalid_time_range, invalid_argument; 403 forbidden; 404 not_found; 409 slot_taken, blackout, hold_expired, version_conflict, invalid_transition; 422 of the rules.';

commit;
