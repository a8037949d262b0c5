begin;
set local role berth_owner;

create function booking.find_quotas(resource booking.resources) returns table (rule text, quota numeric, kind text, resource_id uuid)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select distinct on (q.rule) q.rule, q.quota, r.kind, r.resource_id
    from booking.booking_rules r
   cross join lateral (values ('max_per_day', r.max_per_day::numeric), ('max_per_week', r.max_per_week), ('max_hours_per_week', r.max_hours_per_week)) q (rule, quota)
   where r.tenant_id = resource.tenant_id
     and (r.resource_id = resource.id or (r.resource_id is null and coalesce(r.kind, resource.kind) = resource.kind))
     and q.quota is not null
   order by q.rule, r.resource_id nulls last, r.kind nulls last
$$;

comment on function booking.find_quotas(booking.resources) is
  'The quotas for reservations of a resource, and of what each counts the reservations: one resource, a kind, or, both null, the tenant.';

commit;
