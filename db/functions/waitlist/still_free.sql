begin;
set local role berth_owner;

create function booking.still_free(resource booking.resources, freed tstzmultirange) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_hull tstzrange := pg_catalog.range_merge(freed);
begin
  -- It is asked after every offer: of long time, or time without end, it would be more work than to look at whoever is
  -- next.
  if (pg_catalog.upper(v_hull) - pg_catalog.lower(v_hull) <= interval '31 days') is not true then
    return freed;
  end if;
  return freed - coalesce((
    select case when pg_catalog.count(*) = resource.capacity then pg_catalog.range_intersect_agg(u.busy) end
      from (select pg_catalog.range_agg(c.during) as busy
              from booking.tenant_claims c
             where c.tenant_id = resource.tenant_id and c.resource_id = resource.id and c.during && v_hull
             group by c.unit) u), '{}');
end
$$;

comment on function booking.still_free(booking.resources, tstzmultirange) is
  'What is left of time that was freed: without that when all units of the resource are taken. Of more than 31 days, '
  'all of it.';

commit;
