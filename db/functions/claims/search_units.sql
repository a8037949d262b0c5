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
  v_items booking.placement[];
  v_fixed booking.placement[];
  v_plain integer[];
  v_tried integer[];
  v_at integer := 1;
  v_steps integer := 0;
  v_unit integer;
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
  v_fixed := array(
    select row(p.source_id, p.taken, p.unit, p.unit)::booking.placement
      from booking.find_placed(resource, v_hull, exclude_ids) p
     where p.is_fixed);
  if exists (select from pg_catalog.unnest(v_fixed) f where f.to_unit = unit and f.during && search_units.during) then
    return null;
  elsif unit is not null then
    v_fixed := v_fixed || row(null, during, null, unit)::booking.placement;
  end if;
  -- What is to be placed, in the order of its starts: the claims that may move, and the request, once for each unit.
  v_items := array(
    select i
      from (select row(p.source_id, p.taken, p.unit, null)::booking.placement
              from booking.find_placed(resource, v_hull, exclude_ids) p
             where not p.is_fixed
             union all
            select row(null, during, null, null)::booking.placement
              from pg_catalog.generate_series(1, units) where unit is null) as items (i)
     order by pg_catalog.lower((i).during), (i).from_unit);
  v_count := pg_catalog.cardinality(v_items);
  -- Of units that bear nothing fixed one is as good as another: the first free one stands for all of them.
  v_plain := array(
    select u from pg_catalog.generate_series(1, resource.capacity) u
     where u <> all (array(select (f).to_unit from pg_catalog.unnest(v_fixed) f)));

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
       where not exists (select from pg_catalog.unnest(v_fixed) f
                          where (f).to_unit = u and (f).during && (v_items[v_at]).during)
         and not exists (select from pg_catalog.generate_series(1, v_at - 1) i
                          where v_tried[i] = u and (v_items[i]).during && (v_items[v_at]).during)
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
  return array(
    select row((v_items[i]).source_id, (v_items[i]).during, (v_items[i]).from_unit, v_tried[i])::booking.placement
      from pg_catalog.generate_series(1, v_count) i
     where (v_items[i]).from_unit is distinct from v_tried[i]
     union all
    select row(null, during, null, unit)::booking.placement where unit is not null);
end
$$;

comment on function booking.search_units(booking.resources, tstzrange, integer, integer, uuid[]) is
  'Room for a request where pinned claims or blackouts are about: tries every way to place what may move. Null if there is none, or none is found among 200 claims in 2,000 steps: '
  'with pins the question is as hard as colouring a graph.';

commit;
