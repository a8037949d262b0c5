begin;
set local role berth_owner;

create function booking.find_pool_starts(
  resource booking.resources,
  buffer_before interval,
  buffer_after interval,
  allow_preemption boolean,
  starts tstzmultirange,
  units integer,
  duration interval,
  exclude_ids uuid[]
) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
as $$
declare
  v_now timestamptz := booking.now();
  v_after interval := duration + buffer_after;
  v_during tstzrange := pg_catalog.tstzrange(pg_catalog.lower(starts) - buffer_before, pg_catalog.upper(starts) + v_after);
  v_starts tstzmultirange;
  v_cell tstzrange;
  v_taken tstzrange;
begin
  if pg_catalog.isempty(starts) then
    return starts;
  end if;
  -- As peak_use(), of every range at once: not where too many units are in use.
  with taken as (
    select c.unit, pg_catalog.unnest(pg_catalog.range_agg(c.during)) as piece
      from booking.tenant_claims c
     where c.tenant_id = resource.tenant_id and c.resource_id = resource.id and c.during && v_during
       and c.source_id <> all (exclude_ids)
       and (c.expires_at is null or (c.expires_at > v_now and not (allow_preemption and booking.yields(c.tenant_id, c.source_id))))
     group by c.unit
  ), steps as (
    select e.at, pg_catalog.sum(pg_catalog.sum(e.change)) over (order by e.at) as used, pg_catalog.lead(e.at) over (order by e.at) as until
      from taken t
     cross join lateral (values (pg_catalog.lower(t.piece), 1), (pg_catalog.upper(t.piece), -1)) e (at, change)
     group by e.at
  )
  select find_pool_starts.starts - coalesce(pg_catalog.range_agg(pg_catalog.tstzrange(s.at - v_after, s.until + buffer_before, '()')), '{}')
    into v_starts
    from steps s
   where s.used > resource.capacity - units;

  if pg_catalog.isempty(v_starts)
     or not (exists (select from booking.reservations r
                      where r.tenant_id = resource.tenant_id and r.resource_id = resource.id and r.unit is not null and r.status = any (resource.blocking_statuses))
             or exists (select from booking.blackouts b
                         where b.tenant_id = resource.tenant_id and b.resource_id = resource.id and b.lifted_at is null
                           -- Counted, so that the index is used: to find one, all claims in their order would seem as
                           -- good.
                           and (select pg_catalog.count(*) from booking.tenant_claims c
                                 where c.tenant_id = b.tenant_id and c.resource_id = b.resource_id
                                   and c.during && pg_catalog.tstzrange(b.starts_at, b.ends_at) and c.claimant = c.source_id) > 0)) then
    return v_starts;
  end if;
  -- Where claims must stay on their units, that many units may be free and yet none of them throughout: see
  -- plan_units(). Its
  -- answer can change only where the request comes to touch a claim, or no longer does.
  for v_cell in
    with edges as (
      select distinct e.at
        from booking.tenant_claims c
       cross join lateral (values (pg_catalog.lower(c.during) - v_after), (pg_catalog.lower(c.during) + buffer_before),
                                  (pg_catalog.upper(c.during) - v_after), (pg_catalog.upper(c.during) + buffer_before)) e (at)
       where c.tenant_id = resource.tenant_id and c.resource_id = resource.id and c.during && v_during
    )
    select x.cell
      from pg_catalog.unnest(v_starts) p
     cross join lateral (
           select e.at, pg_catalog.lead(e.at) over (order by e.at) as next
             from (select pg_catalog.lower(p) union select pg_catalog.upper(p) union select e.at from edges e where p @> e.at) e (at)) e
     cross join lateral (values (pg_catalog.tstzrange(e.at, e.at, '[]')), (case when e.next is not null then pg_catalog.tstzrange(e.at, e.next, '()') end)) x (cell)
     where not pg_catalog.isempty(x.cell)
  loop
    v_taken := booking.taken_range(
      pg_catalog.lower(v_cell) + (pg_catalog.upper(v_cell) - pg_catalog.lower(v_cell)) / 2,
      pg_catalog.lower(v_cell) + (pg_catalog.upper(v_cell) - pg_catalog.lower(v_cell)) / 2 + duration, buffer_before, buffer_after);
    if booking.plan_units(resource, v_taken, units, null, exclude_ids || booking.find_yielding(resource, v_taken, 0, exclude_ids)) is null then
      v_starts := v_starts - pg_catalog.tstzmultirange(v_cell);
    end if;
  end loop;
  return v_starts;
end
$$;

comment on function booking.find_pool_starts(
  booking.resources, interval, interval, boolean, tstzmultirange, integer, interval, uuid[]
) is
  'Those of these starts at which so many units of a pool can be had for so long.';

commit;
