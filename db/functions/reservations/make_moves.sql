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
  a booking.assessment;
  v_resource booking.resources;
  v_move booking.reservations;
  v_assessed booking.assessment[] := '{}';
  v_replaced booking.counted_reservations[] := '{}';
  v_targets booking.reservations[] := '{}';
  v_results booking.reservations[];
begin
  perform booking.lock_reservations(
    request.tenant_id,
    array(select m.id from pg_catalog.unnest(moves) m),
    array(select m.resource_id from pg_catalog.unnest(moves) m where m.resource_id is not null));
  foreach v_move in array moves loop
    a := booking.assess(booking.begin_move(request, v_move), 'reschedule', override);
    v_targets := v_targets || a.wanted;
    if a.has_quotas then
      v_assessed := v_assessed || a;
      v_replaced := v_replaced || a.replaced;
    end if;
  end loop;
  -- What has expired is logged before them, as where one is made.
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
    -- Beside all of the others, none has more room than it would have in its turn.
    foreach a in array array(select t from pg_catalog.unnest(v_assessed) t order by (t.wanted).owner_id, (t.wanted).starts_at) loop
      a.replaced := v_replaced;
      perform booking.take_quotas(a);
    end loop;
  end if;
  return query select r.* from pg_catalog.unnest(v_results) r;
end
$$;

comment on function booking.make_moves(booking.request, booking.reservations[], boolean) is
  'For a request that has begun: moves reservations, all or none, judged on how they then stand. Of each move id, '
  'starts_at, ends_at count, and where not null resource_id, units, series_id, original_starts_at, and version, the '
  'one expected. '
  'What is not paid yet costs what it costs there; what is paid, or was free, does not move to where it would cost '
  'more (409 payment_required), unless overridden, and nothing is given back where it costs less. '
  'What is paid and has begun keeps its start (409 invalid_transition), unless overridden. '
  '400 invalid_time_range, invalid_argument; 403 forbidden; 404 not_found; 409 slot_taken, blackout, hold_expired, '
  'version_conflict, invalid_transition; 422 of the rules.';

commit;
