begin;
set local role berth_owner;

create function booking.has_quotas(tenant_id uuid, resource_ids uuid[]) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from booking.resolved_rules r
      join booking.resources s on s.tenant_id = r.tenant_id and s.id = r.resource_id
     where r.tenant_id = has_quotas.tenant_id and r.resource_id = any (resource_ids)
       -- How many requests wait for an approver is counted anyway.
       and (r.has_quotas or s.requires_approval or 'tentative' = any (s.blocking_statuses)));
end
$$;

comment on function booking.has_quotas(uuid, uuid[]) is
  'Whether a rule counts what members have booked on any of these resources.';

commit;
