begin;
set local role berth_owner;

create function booking.choose_unit(
  resource booking.resources,
  during tstzrange,
  free_from timestamptz[],
  unit integer,
  exclude_ids uuid[]
) returns integer
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    with later as (
      select p.unit, min(lower(p.taken)) as starts_at, bool_or(p.is_fixed) as is_fixed
        from booking.find_placed(resource, during, exclude_ids) p
       where lower(p.taken) >= lower(during)
       group by p.unit
    )
    select u.unit
      from generate_series(1, resource.capacity) u (unit)
      left join later l on l.unit = u.unit
     where u.unit = coalesce(choose_unit.unit, u.unit)
       and free_from[u.unit] <= lower(during)
       and l.is_fixed is not true
     order by l.starts_at desc nulls first, u.unit
     limit 1);
end
$$;

comment on function booking.choose_unit(booking.resources, tstzrange, timestamptz[], integer, uuid[]) is
  'Of the units that are free when a range begins, the one whose next claim begins last, so that few must move; none '
  'on which a fixed one does.';

commit;
