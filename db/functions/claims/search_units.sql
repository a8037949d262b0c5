begin;
set local role berth_owner;

create function booking.search_units(
  resource booking.resources,
  during tstzrange,
  units integer,
  unit integer,
  exclude_ids uuid[]
) returns booking.placement[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_hull tstzrange := during;
  v_wider tstzrange;
  v_count integer;
  v_fixed_units integer[];
  v_fixed_times tstzrange[];
  v_sources uuid[];
  v_times tstzrange[];
  v_from_units integer[];
  v_plain integer[];
  v_tried integer[];
  v_at integer := 1;
  v_steps integer := 0;
  v_unit integer;
  v_placement booking.placement;
  v_plan booking.placement[] := '{}';
begin
  -- All that overlaps the request, what overlaps that, and so on.
  loop
    select pg_catalog.tstzrange(least(pg_catalog.min(pg_catalog.lower(c.taken)), pg_catalog.lower(v_hull)),
                                greatest(pg_catalog.max(pg_catalog.upper(c.taken)), pg_catalog.upper(v_hull))), pg_catalog.count(*)::integer
      into v_wider, v_count
      from booking.find_conflicts(resource.tenant_id, resource.id, v_hull, exclude_ids) c;
    exit when v_wider = v_hull;
    if v_count > 200 then
      return null;
    end if;
    v_hull := v_wider;
  end loop;
  select coalesce(pg_catalog.array_agg(p.unit), '{}'), coalesce(pg_catalog.array_agg(p.taken), '{}')
    into v_fixed_units, v_fixed_times
    from booking.find_placed(resource, v_hull, exclude_ids) p
   where p.is_fixed;
  if exists (select
               from rows from (pg_catalog.unnest(v_fixed_units), pg_catalog.unnest(v_fixed_times)) as f (unit, taken)
              where f.unit = search_units.unit and f.taken && during) then
    return null;
  elsif unit is not null then
    v_fixed_units := v_fixed_units || unit;
    v_fixed_times := v_fixed_times || during;
  end if;
  -- What is to be placed, in the order of its starts: the claims that may move, and the request, once for each unit.
  select coalesce(pg_catalog.array_agg(i.source_id order by pg_catalog.lower(i.taken), i.unit), '{}'),
         coalesce(pg_catalog.array_agg(i.taken order by pg_catalog.lower(i.taken), i.unit), '{}'),
         coalesce(pg_catalog.array_agg(i.unit order by pg_catalog.lower(i.taken), i.unit), '{}')
    into v_sources, v_times, v_from_units
    from (select p.source_id, p.taken, p.unit
            from booking.find_placed(resource, v_hull, exclude_ids) p
           where not p.is_fixed
           union all
          select null, during, null
            from pg_catalog.generate_series(1, units)
           where search_units.unit is null) i;
  v_count := pg_catalog.cardinality(v_times);
  -- Of units that bear nothing fixed one is as good as another: the first free one stands for all of them.
  v_plain := array(
    select u from pg_catalog.generate_series(1, resource.capacity) u
     where u <> all (v_fixed_units));

  -- Depth first, each item on the next unit where nothing placed before it is in its way.
  v_tried := pg_catalog.array_fill(0, array[v_count]);
  while v_at between 1 and v_count loop
    v_steps := v_steps + 1;
    if v_steps > 2000 then
      return null;
    end if;
    with free as (
      select u
        from pg_catalog.generate_series(1, resource.capacity) u
       where not exists (select
                           from rows from (pg_catalog.unnest(v_fixed_units), pg_catalog.unnest(v_fixed_times)) as f (unit, taken)
                          where f.unit = u and f.taken && v_times[v_at])
         and not exists (select from pg_catalog.generate_series(1, v_at - 1) i
                          where v_tried[i] = u and v_times[i] && v_times[v_at])
    )
    select pg_catalog.min(f.u) into v_unit
      from free f
     where f.u > v_tried[v_at]
       and (f.u <> all (v_plain) or f.u = (select pg_catalog.min(g.u) from free g where g.u = any (v_plain)));
    if v_unit is null then
      v_tried[v_at] := 0;
      v_at := v_at - 1;
    else
      v_tried[v_at] := v_unit;
      v_at := v_at + 1;
    end if;
  end loop;
  if v_at = 0 then
    return null;
  end if;
  for v_item in 1..v_count loop
    if v_from_units[v_item] is distinct from v_tried[v_item] then
      v_placement.source_id := v_sources[v_item];
      v_placement.during := v_times[v_item];
      v_placement.from_unit := v_from_units[v_item];
      v_placement.to_unit := v_tried[v_item];
      v_plan := v_plan || v_placement;
    end if;
  end loop;
  if unit is not null then
    v_placement := null;
    v_placement.during := during;
    v_placement.to_unit := unit;
    v_plan := v_plan || v_placement;
  end if;
  return v_plan;
end
$$;

comment on function booking.search_units(booking.resources, tstzrange, integer, integer, uuid[]) is
  'Room for a request where pinned claims or blackouts are about: tries every way to place what may move. Null if '
  'there is none, or none is found among 200 claims in 2,000 steps: '
  'with pins the question is as hard as colouring a graph.';

commit;
