begin;
set local role berth_owner;

create function booking.find_conflicts(
  tenant_id uuid,
  resource_id uuid,
  during tstzrange,
  exclude_ids uuid[] default '{}'
) returns table (unit integer, taken tstzrange, source_id uuid, expires_at timestamptz)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
as $$
begin
  return query
  select c.unit, c.during, c.source_id, c.expires_at
    from booking.tenant_claims c
   where c.tenant_id = find_conflicts.tenant_id
     and c.resource_id = find_conflicts.resource_id
     and c.during && find_conflicts.during
     and c.source_id <> all (exclude_ids)
     and (c.expires_at is null or c.expires_at > booking.now())
   order by c.during, c.unit;
end
$$;

comment on function booking.find_conflicts(uuid, uuid, tstzrange, uuid[]) is
  'The claims on a resource that overlap a range, earliest first, but for those that have expired and those of the '
  'sources to exclude.';

commit;
