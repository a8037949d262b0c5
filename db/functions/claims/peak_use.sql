begin;
set local role berth_owner;

create function booking.peak_use(resource booking.resources, during tstzrange, exclude_ids uuid[] default '{}') returns bigint
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
as $$
begin
  -- A sweep over where units are taken and given back: to count at each start takes the square of the time.
  return (
    with pieces as (
      select unnest(range_agg(c.taken)) as piece
        from booking.find_conflicts(resource.tenant_id, resource.id, during, exclude_ids) c
       group by c.unit
    ), steps as (
      select sum(sum(e.change)) over (order by e.at) as used
        from pieces p
       cross join lateral (values (lower(p.piece), 1), (upper(p.piece), -1)) e (at, change)
       group by e.at
    )
    select coalesce(max(s.used), 0)::bigint from steps s);
end
$$;

comment on function booking.peak_use(booking.resources, tstzrange, uuid[]) is
  'The most units of a resource that are taken at any one time of a range.';

commit;
