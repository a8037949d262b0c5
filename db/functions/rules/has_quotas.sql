begin;
set local role berth_owner;

create function booking.has_quotas(tenant_id uuid, resource_ids uuid[]) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from booking.booking_rules r
     where r.tenant_id = has_quotas.tenant_id
       and (r.max_per_day is not null or r.max_per_week is not null or r.max_hours_per_week is not null))
    -- How many requests wait for an approver is counted too.
    or exists (
    select from booking.resources s
     where s.tenant_id = has_quotas.tenant_id and s.id = any (resource_ids) and (s.requires_approval or 'tentative' = any (s.blocking_statuses)));
end
$$;

comment on function booking.has_quotas(uuid, uuid[]) is 'Whether any rule of the tenant is a quota, or reservations of these resources are counted anyway.';

commit;
