begin;
set local role berth_owner;

create function booking.plan_units(
  resource booking.resources,
  during tstzrange,
  units integer,
  unit integer default null,
  exclude_ids uuid[] default '{}'
) returns booking.placement[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_busy integer[];
  v_free integer[];
  v_new booking.placement;
  v_plan booking.placement[] := '{}';
begin
  v_busy := array(
    select distinct c.unit
      from booking.find_conflicts(resource.tenant_id, resource.id, during, exclude_ids) c);
  v_free := array(
    select u
      from pg_catalog.generate_series(1, resource.capacity) u
     where u <> all (v_busy) and u = coalesce(plan_units.unit, u)
     order by u
     limit units);
  if pg_catalog.cardinality(v_free) = units then
    v_new.during := during;
    foreach v_new.to_unit in array v_free loop
      v_plan := v_plan || v_new;
    end loop;
    return v_plan;
  elsif resource.capacity = 1 or unit > resource.capacity
     or booking.peak_use(resource, during, exclude_ids) + units > resource.capacity then
    return null;
  end if;
  -- There is room, but no unit has it all.
  return coalesce(booking.repack_units(resource, during, units, unit, exclude_ids),
                  booking.search_units(resource, during, units, unit, exclude_ids));
end
$$;

comment on function booking.plan_units(booking.resources, tstzrange, integer, integer, uuid[]) is
  'On which units a request fits, and which claims move to other units to make room for it; null if it does not fit. '
  'Pinned claims and blackouts never move. '
  'The check and every write ask here.';

commit;
