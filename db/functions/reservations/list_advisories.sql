begin;
set local role berth_owner;

create function booking.list_advisories(a booking.assessment) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_resource booking.resources := a.resource;
  v_rules booking.booking_rules := a.rules;
  v_wanted booking.reservations := a.wanted;
  v_during tstzrange := booking.taken_range(v_wanted.starts_at, v_wanted.ends_at, v_wanted.buffer_before, v_wanted.buffer_after);
  v_day tstzmultirange := pg_catalog.tstzmultirange(pg_catalog.tstzrange(
    booking.local_midnight((v_wanted.starts_at at time zone v_resource.timezone)::date, v_resource.timezone),
    booking.local_midnight((v_wanted.starts_at at time zone v_resource.timezone)::date + 1, v_resource.timezone)));
  v_tight constant interval := '15 minutes';
  v_used bigint;
  v_share numeric;
  v_near record;
  v_advisories jsonb := '[]';
begin
  if v_resource.requires_approval and 'pending' <> all (v_resource.blocking_statuses)
     and booking.plan_units(v_resource, v_during, v_wanted.units, v_wanted.unit, a.exclude_ids || booking.find_yielding(v_resource, v_during, v_wanted.priority, a.exclude_ids)) is null then
    v_advisories := v_advisories || pg_catalog.jsonb_build_object('code', 'time_taken',
      'conflicts', (select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('resource_id', v_resource.id, 'starts_at', pg_catalog.lower(c.taken), 'ends_at', pg_catalog.upper(c.taken), 'kind', 'reservation') order by c.taken)
                      from (select distinct f.taken from booking.find_conflicts(v_resource.tenant_id, v_resource.id, v_during, a.exclude_ids) f order by f.taken limit 20) c),
      'message', 'It is taken at present; a request would wait for approval, and could be approved only once it is free.');
  end if;

  -- Of a pool
  v_used := case when v_resource.capacity > 1 then booking.peak_use(v_resource, v_during, a.exclude_ids) + v_wanted.units end;
  if v_used <= v_resource.capacity and v_used >= v_rules.near_capacity_ratio * v_resource.capacity then
    v_advisories := v_advisories || pg_catalog.jsonb_build_object('code', 'near_capacity', 'scope', 'units', 'limit', v_rules.near_capacity_ratio,
      'capacity', v_resource.capacity, 'units_used', v_used, 'units_free', v_resource.capacity - v_used,
      'message', pg_catalog.format('%s of %s units would then be in use.', v_used, v_resource.capacity));
  end if;
  -- Of the day on which it begins: what is open and not blacked out
  v_day := v_day * booking.open_ranges(v_resource, pg_catalog.tstzrange(pg_catalog.lower(v_day), pg_catalog.upper(v_day)))
    - coalesce((select pg_catalog.range_agg(pg_catalog.tstzrange(b.starts_at, b.ends_at))
                  from booking.blackouts b
                 where b.tenant_id = v_resource.tenant_id and b.resource_id = v_resource.id and b.lifted_at is null
                   and b.starts_at < pg_catalog.upper(v_day) and b.ends_at > pg_catalog.lower(v_day)), '{}');
  v_share := (
    v_wanted.units * booking.range_seconds(v_day * pg_catalog.tstzmultirange(v_during))
    + (select coalesce(pg_catalog.sum(booking.range_seconds(v_day * pg_catalog.tstzmultirange(c.taken))), 0)
         from booking.find_conflicts(v_resource.tenant_id, v_resource.id, pg_catalog.range_merge(v_day), a.exclude_ids) c
         join booking.reservations r on r.tenant_id = v_resource.tenant_id and r.id = c.source_id))
    / nullif(booking.range_seconds(v_day) * v_resource.capacity, 0);
  if v_share >= v_rules.near_capacity_ratio and v_share <= 1 then
    v_advisories := v_advisories || pg_catalog.jsonb_build_object('code', 'near_capacity', 'scope', 'day', 'limit', v_rules.near_capacity_ratio,
      'date', (v_wanted.starts_at at time zone v_resource.timezone)::date, 'share', pg_catalog.round(v_share, 3),
      'message', pg_catalog.format('%s %% of that day would then be booked.', pg_catalog.round(100 * v_share)));
  end if;

  for v_near in
    select b.*, greatest(b.starts_at - v_wanted.ends_at, v_wanted.starts_at - b.ends_at, '0') as gap
      from booking.blackouts b
     where b.tenant_id = v_resource.tenant_id and b.resource_id = v_resource.id and b.lifted_at is null
       and b.starts_at < booking.add_elapsed(v_wanted.ends_at, v_rules.near_blackout_window)
       and b.ends_at > booking.add_elapsed(v_wanted.starts_at, -v_rules.near_blackout_window)
     order by b.starts_at
  loop
    v_advisories := v_advisories || pg_catalog.jsonb_build_object('code', 'near_blackout', 'limit', v_rules.near_blackout_window, 'gap', v_near.gap,
      'blackout', pg_catalog.jsonb_build_object('id', v_near.id, 'kind', v_near.kind, 'reason', v_near.reason, 'starts_at', v_near.starts_at, 'ends_at', v_near.ends_at),
      'message', pg_catalog.format('%s is closed %s–%s%s.', v_resource.name,
        booking.local_time_text(v_near.starts_at, v_resource.timezone, v_wanted.starts_at), booking.local_time_text(v_near.ends_at, v_resource.timezone, v_wanted.starts_at),
        case when v_near.reason <> '' then ': ' || v_near.reason else '' end));
  end loop;

  for v_near in
    select x.side, x.gap, c.taken
      from (values ('before', pg_catalog.tstzrange(pg_catalog.lower(v_during) - v_tight, pg_catalog.lower(v_during))),
                   ('after', pg_catalog.tstzrange(pg_catalog.upper(v_during), pg_catalog.upper(v_during) + v_tight))) s (side, during)
     cross join lateral (
           select f.taken
             from booking.find_conflicts(v_resource.tenant_id, v_resource.id, s.during, a.exclude_ids) f
             join booking.reservations r on r.tenant_id = v_resource.tenant_id and r.id = f.source_id
            where not f.taken && v_during
            order by case s.side when 'before' then pg_catalog.upper(v_during) - pg_catalog.upper(f.taken) else pg_catalog.lower(f.taken) - pg_catalog.lower(v_during) end
            limit 1) c
     cross join lateral (values (s.side, case s.side when 'before' then pg_catalog.lower(v_during) - pg_catalog.upper(c.taken) else pg_catalog.lower(c.taken) - pg_catalog.upper(v_during) end)) x (side, gap)
     -- Of a pool, only if no other unit is at hand.
     where v_resource.capacity = 1
       or booking.peak_use(v_resource, s.during + v_during, a.exclude_ids) + v_wanted.units > v_resource.capacity
  loop
    v_advisories := v_advisories || pg_catalog.jsonb_build_object('code', 'tight_turnaround', 'side', v_near.side, 'gap', v_near.gap, 'limit', v_tight,
      'starts_at', pg_catalog.lower(v_near.taken), 'ends_at', pg_catalog.upper(v_near.taken),
      'message', pg_catalog.format('%s is booked %s–%s, with %s in between, buffers not counted.', v_resource.name,
        booking.local_time_text(pg_catalog.lower(v_near.taken), v_resource.timezone, v_wanted.starts_at), booking.local_time_text(pg_catalog.upper(v_near.taken), v_resource.timezone, v_wanted.starts_at),
        case when v_near.gap = '0' then 'nothing' else pg_catalog.format('%s minutes', pg_catalog.floor(pg_catalog.extract('epoch', v_near.gap) / 60)) end));
  end loop;

  select pg_catalog.count(*) filter (where r.status = 'tentative') as tentative, pg_catalog.count(*) filter (where r.status = 'pending') as pending
    into v_near
    from booking.reservations r
   where r.tenant_id = v_resource.tenant_id and r.resource_id = v_resource.id
     and r.starts_at < pg_catalog.upper(v_during) and r.ends_at > pg_catalog.lower(v_during)
     and r.starts_at > booking.add_elapsed(v_wanted.starts_at, '-366 days')
     and r.status = any (booking.undecided_statuses()) and r.status <> all (v_resource.blocking_statuses)
     and r.id <> all (a.exclude_ids);
  if v_near.tentative + v_near.pending > 0 then
    v_advisories := v_advisories || pg_catalog.jsonb_build_object('code', 'competing_requests', 'tentative', v_near.tentative, 'pending', v_near.pending,
      'message', pg_catalog.format('Others want that time too: %s tentative, %s waiting for approval.', v_near.tentative, v_near.pending));
  end if;
  return v_advisories;
end
$$;

comment on function booking.list_advisories(booking.assessment) is
  'What is worth knowing before one books what could be had: [{"code", "message", …}], with the numbers. time_taken: '
  'it would only wait for approval. near_capacity: of the units of a pool, or of the day, near_capacity_ratio is '
  'reached. '
  'near_blackout: one is closer than near_blackout_window. tight_turnaround: less than 15 minutes lie between its '
  'time and a neighbour''s, buffers included on both sides. competing_requests: tentative and pending ones that take '
  'no time.';

commit;
