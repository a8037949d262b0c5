begin;
set local role berth_owner;

create function booking.peak_use(resource booking.resources, during tstzrange, exclude_ids uuid[] default '{}') returns bigint
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
as $$
begin
  -- Use rises only where a claim begins.
  return (
    with taken as (
      select c.unit, c.taken
        from booking.find_conflicts(resource.tenant_id, resource.id, during, exclude_ids) c
    )
    select coalesce(max(n), 0)
      from (select (select count(distinct c.unit) from taken c where c.taken @> greatest(lower(t.taken), lower(during))) as n
              from taken t) as at_each_start);
end
$$;

comment on function booking.peak_use(booking.resources, tstzrange, uuid[]) is
  'The most units of a resource that are taken at any one time of a range.';

commit;
