begin;
set local role berth_owner;

create function booking.repack_units(
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
  v_plan booking.placement[] := '{}';
  v_placement booking.placement;
  v_free_from timestamptz[] := pg_catalog.array_fill('-infinity'::timestamptz, array[resource.capacity]);
  v_from timestamptz := pg_catalog.lower(during);
  v_until timestamptz := pg_catalog.upper(during);
  v_reach timestamptz;
  v_claim record;
  v_unit integer;
begin
  -- Intervals placed in the order of their starts, each on any unit that is free by then, never need more units than
  -- are in use at once. What runs already when the request begins stays; from there on, until the ripple ends, each
  -- claim keeps its unit if it can.
  for v_claim in
    select c.unit, c.taken
      from booking.find_conflicts(resource.tenant_id, resource.id, pg_catalog.tstzrange(v_from, v_from, '[]'), exclude_ids) c
     where pg_catalog.lower(c.taken) < v_from
  loop
    v_free_from[v_claim.unit] := pg_catalog.upper(v_claim.taken);
  end loop;
  v_placement.during := during;
  for v_number in 1..units loop
    v_unit := booking.choose_unit(resource, during, v_free_from, unit, exclude_ids);
    if v_unit is null then
      return null;
    end if;
    v_free_from[v_unit] := v_until;
    v_placement.to_unit := v_unit;
    v_plan := v_plan || v_placement;
  end loop;
  loop
    v_reach := v_until;
    for v_claim in
      select c.unit, c.taken, c.source_id, c.is_fixed
        from booking.find_placed(resource, pg_catalog.tstzrange(v_from, v_until), exclude_ids) c
       where pg_catalog.lower(c.taken) >= v_from
       order by pg_catalog.lower(c.taken), c.is_fixed desc, c.unit
    loop
      v_unit := v_claim.unit;
      if v_free_from[v_unit] > pg_catalog.lower(v_claim.taken) then
        v_unit := case when not v_claim.is_fixed then booking.choose_unit(resource, v_claim.taken, v_free_from, null, exclude_ids) end;
        if v_unit is null then
          return null;
        end if;
        v_placement.source_id := v_claim.source_id;
        v_placement.during := v_claim.taken;
        v_placement.from_unit := v_claim.unit;
        v_placement.to_unit := v_unit;
        v_plan := v_plan || v_placement;
        v_reach := greatest(v_reach, pg_catalog.upper(v_claim.taken));
      end if;
      v_free_from[v_unit] := greatest(v_free_from[v_unit], pg_catalog.upper(v_claim.taken));
    end loop;
    exit when v_reach = v_until;
    v_from := v_until;
    v_until := v_reach;
  end loop;
  return v_plan;
end
$$;

comment on function booking.repack_units(booking.resources, tstzrange, integer, integer, uuid[]) is
  'Room for a request by moving what begins later onto other units; always possible where enough units are free at '
  'each time and nothing is fixed. Null if it finds none.';

commit;
