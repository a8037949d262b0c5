begin;
set local role berth_owner;

create function booking.quota_use(
  tenant_id uuid,
  owner_id uuid,
  rule text,
  kind text,
  resource_id uuid,
  starts_at timestamptz,
  ends_at timestamptz,
  exclude_ids uuid[]
) returns numeric
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
as $$
begin
  return (
    select case rule when 'max_hours_per_week'
                then coalesce(sum(extract('epoch' from least(r.ends_at, quota_use.ends_at) - greatest(r.starts_at, quota_use.starts_at))), 0)
                else count(*) end
      from booking.counted_reservations r
     where r.tenant_id = quota_use.tenant_id and r.owner_id = quota_use.owner_id
       -- Of hours, what began before counts too; what lasts longer than a day has an index of its own.
       and ((r.starts_at >= quota_use.starts_at - case rule when 'max_hours_per_week' then interval '24:00' else interval '0' end and r.starts_at < quota_use.ends_at)
            or (rule = 'max_hours_per_week' and r.ends_at - r.starts_at > interval '24:00' and r.starts_at < quota_use.starts_at))
       and r.ends_at > quota_use.starts_at
       and r.id <> all (exclude_ids)
       and (quota_use.resource_id is null or r.resource_id = quota_use.resource_id)
       and (quota_use.kind is null
            or r.resource_id in (select s.id from booking.resources s where s.tenant_id = r.tenant_id and s.kind = quota_use.kind)));
end
$$;

comment on function booking.quota_use(uuid, uuid, text, text, uuid, timestamptz, timestamptz, uuid[]) is
  'How much a member has used of a quota, of one scope, in one period: reservations, or seconds of max_hours_per_week.';

commit;
