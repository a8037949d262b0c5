begin;
set local role berth_owner;

create function booking.list_advisories(
  resource booking.resources,
  rules booking.booking_rules,
  starts_at timestamptz,
  ends_at timestamptz,
  units integer,
  exclude_ids uuid[],
  priority integer
) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_during tstzrange := booking.taken_range(starts_at, ends_at, rules.buffer_before, rules.buffer_after);
  v_day tstzmultirange := pg_catalog.tstzmultirange(pg_catalog.tstzrange(
    booking.resolve_local_time(pg_catalog.date_trunc('day', starts_at at time zone resource.timezone), resource.timezone, 'shift'),
    booking.resolve_local_time(pg_catalog.date_trunc('day', starts_at at time zone resource.timezone) + interval '1 day', resource.timezone, 'shift')));
  v_tight constant interval := '15 minutes';
  v_used bigint;
  v_share numeric;
  v_near record;
  v_advisories jsonb := '[]';
begin
  if resource.requires_approval and 'pending' <> all (resource.blocking_statuses)
     and booking.plan_units(resource, v_during, units, null, exclude_ids || booking.find_yielding(resource, v_during, priority, exclude_ids)) is null then
    v_advisories := v_advisories || pg_catalog.jsonb_build_object('code', 'time_taken',
      'conflicts', (select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('resource_id', resource.id, 'starts_at', pg_catalog.lower(c.taken), 'ends_at', pg_catalog.upper(c.taken), 'kind', 'reservation') order by c.taken)
                      from (select distinct f.taken from booking.find_conflicts(resource.tenant_id, resource.id, v_during, exclude_ids) f order by f.taken limit 20) c),
      'message', 'It is taken at present; a request would wait for approval, and could be approved only once it is free.');
  end if;

  -- Of a pool
  v_used := case when resource.capacity > 1 then booking.peak_use(resource, v_during, exclude_ids) + units end;
  if v_used <= resource.capacity and v_used >= rules.near_capacity_ratio * resource.capacity then
    v_advisories := v_advisories || pg_catalog.jsonb_build_object('code', 'near_capacity', 'scope', 'units', 'limit', rules.near_capacity_ratio,
      'capacity', resource.capacity, 'units_used', v_used, 'units_free', resource.capacity - v_used,
      'message', pg_catalog.format('%s of %s units would then be in use.', v_used, resource.capacity));
  end if;
  -- Of the day on which it begins: what is open and not blacked out
  v_day := v_day * booking.open_ranges(resource, pg_catalog.tstzrange(pg_catalog.lower(v_day), pg_catalog.upper(v_day)))
    - coalesce((select pg_catalog.range_agg(pg_catalog.tstzrange(b.starts_at, b.ends_at))
                  from booking.blackouts b
                 where b.tenant_id = resource.tenant_id and b.resource_id = resource.id and b.lifted_at is null
                   and b.starts_at < pg_catalog.upper(v_day) and b.ends_at > pg_catalog.lower(v_day)), '{}');
  v_share := (
    units * booking.range_seconds(v_day * pg_catalog.tstzmultirange(v_during))
    + (select coalesce(pg_catalog.sum(booking.range_seconds(v_day * pg_catalog.tstzmultirange(c.taken))), 0)
         from booking.find_conflicts(resource.tenant_id, resource.id, pg_catalog.range_merge(v_day), exclude_ids) c
         join booking.reservations r on r.tenant_id = resource.tenant_id and r.id = c.source_id))
    / nullif(booking.range_seconds(v_day) * resource.capacity, 0);
  if v_share >= rules.near_capacity_ratio and v_share <= 1 then
    v_advisories := v_advisories || pg_catalog.jsonb_build_object('code', 'near_capacity', 'scope', 'day', 'limit', rules.near_capacity_ratio,
      'date', (starts_at at time zone resource.timezone)::date, 'share', pg_catalog.round(v_share, 3),
      'message', pg_catalog.format('%s %% of that day would then be booked.', pg_catalog.round(100 * v_share)));
  end if;

  for v_near in
    select b.*, greatest(b.starts_at - list_advisories.ends_at, list_advisories.starts_at - b.ends_at, '0') as gap
      from booking.blackouts b
     where b.tenant_id = resource.tenant_id and b.resource_id = resource.id and b.lifted_at is null
       and b.starts_at < booking.add_elapsed(list_advisories.ends_at, rules.near_blackout_window)
       and b.ends_at > booking.add_elapsed(list_advisories.starts_at, -rules.near_blackout_window)
     order by b.starts_at
  loop
    v_advisories := v_advisories || pg_catalog.jsonb_build_object('code', 'near_blackout', 'limit', rules.near_blackout_window, 'gap', v_near.gap,
      'blackout', pg_catalog.jsonb_build_object('id', v_near.id, 'kind', v_near.kind, 'reason', v_near.reason, 'starts_at', v_near.starts_at, 'ends_at', v_near.ends_at),
      'message', pg_catalog.format('%s is closed %s–%s%s.', resource.name,
        booking.local_time_text(v_near.starts_at, resource.timezone, list_advisories.starts_at), booking.local_time_text(v_near.ends_at, resource.timezone, list_advisories.starts_at),
        case when v_near.reason <> '' then ': ' || v_near.reason else '' end));
  end loop;

  for v_near in
    select x.side, x.gap, c.taken
      from (values ('before', pg_catalog.tstzrange(pg_catalog.lower(v_during) - v_tight, pg_catalog.lower(v_during))),
                   ('after', pg_catalog.tstzrange(pg_catalog.upper(v_during), pg_catalog.upper(v_during) + v_tight))) s (side, during)
     cross join lateral (
           select f.taken
             from booking.find_conflicts(resource.tenant_id, resource.id, s.during, exclude_ids) f
             join booking.reservations r on r.tenant_id = resource.tenant_id and r.id = f.source_id
            where not f.taken && v_during
            order by case s.side when 'before' then pg_catalog.upper(v_during) - pg_catalog.upper(f.taken) else pg_catalog.lower(f.taken) - pg_catalog.lower(v_during) end
            limit 1) c
     cross join lateral (values (s.side, case s.side when 'before' then pg_catalog.lower(v_during) - pg_catalog.upper(c.taken) else pg_catalog.lower(c.taken) - pg_catalog.upper(v_during) end)) x (side, gap)
     -- Of a pool, only if no other unit is at hand.
     where resource.capacity = 1 or booking.peak_use(resource, s.during + v_during, exclude_ids) + units > resource.capacity
  loop
    v_advisories := v_advisories || pg_catalog.jsonb_build_object('code', 'tight_turnaround', 'side', v_near.side, 'gap', v_near.gap, 'limit', v_tight,
      'starts_at', pg_catalog.lower(v_near.taken), 'ends_at', pg_catalog.upper(v_near.taken),
      'message', pg_catalog.format('%s is booked %s–%s, with %s in between, buffers not counted.', resource.name,
        booking.local_time_text(pg_catalog.lower(v_near.taken), resource.timezone, starts_at), booking.local_time_text(pg_catalog.upper(v_near.taken), resource.timezone, starts_at),
        case when v_near.gap = '0' then 'nothing' else pg_catalog.format('%s minutes', pg_catalog.floor(pg_catalog.extract('epoch', v_near.gap) / 60)) end));
  end loop;

  select pg_catalog.count(*) filter (where r.status = 'tentative') as tentative, pg_catalog.count(*) filter (where r.status = 'pending') as pending
    into v_near
    from booking.reservations r
   where r.tenant_id = resource.tenant_id and r.resource_id = resource.id
     and r.starts_at < pg_catalog.upper(v_during) and r.ends_at > pg_catalog.lower(v_during) and r.starts_at > booking.add_elapsed(list_advisories.starts_at, '-366 days')
     and r.status = any (booking.undecided_statuses()) and r.status <> all (resource.blocking_statuses) and r.id <> all (exclude_ids);
  if v_near.tentative + v_near.pending > 0 then
    v_advisories := v_advisories || pg_catalog.jsonb_build_object('code', 'competing_requests', 'tentative', v_near.tentative, 'pending', v_near.pending,
      'message', pg_catalog.format('Others want that time too: %s tentative, %s waiting for approval.', v_near.tentative, v_near.pending));
  end if;
  return v_advisories;
end
$$;

comment on function booking.list_advisories(booking.resources, booking.booking_rules, timestamptz, timestamptz, integer, uuid[], integer) is
  'What is worth knowing before one books what could be had: [{"code", "message", …}], with the numbers. time_taken: it would only wait for approval. near_capacity: of the units of a pool, or of the day, near_capacity_ratio is reached. '
  'near_blackout: one is closer than near_blackout_window. tight_turnaround: less than 15 minutes lie between its time and a neighbour''s, buffers included on both sides. competing_requests: tentative and pending ones that take no time.';

commit;
