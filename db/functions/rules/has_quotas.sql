begin;
set local role berth_owner;

create function booking.has_quotas(tenant_id uuid, resource_ids uuid[]) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from booking.resolved_rules r
     where r.tenant_id = has_quotas.tenant_id and r.resource_id = any (resource_ids) and r.has_quotas);
end
$$;

comment on function booking.has_quotas(uuid, uuid[]) is 'Whether a rule counts what members have booked on any of these resources.';

commit;
