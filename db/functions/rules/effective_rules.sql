begin;
set local role berth_owner;

create function api.effective_rules(resource_id uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.enter_tenant();
  v_resource booking.resources := booking.find_resource(v_member.tenant_id, resource_id);
  v_rules jsonb := pg_catalog.to_jsonb(booking.find_rules(v_resource)) - '{tenant_id, id, kind, resource_id}'::text[];
begin
  return (
    select pg_catalog.jsonb_object_agg(e.rule, pg_catalog.jsonb_build_object('value', e.value, 'source', coalesce(s.source, 'default')))
      from pg_catalog.jsonb_each(v_rules) e (rule, value)
      left join lateral (
           select case when r.resource_id is not null then 'resource' when r.kind is not null then 'kind' else 'tenant' end
             from booking.booking_rules r
            where r.tenant_id = v_resource.tenant_id
              and (r.resource_id = v_resource.id or (r.resource_id is null and coalesce(r.kind, v_resource.kind) = v_resource.kind))
              and pg_catalog.to_jsonb(r) -> e.rule <> 'null'
            order by r.resource_id nulls last, r.kind nulls last
            limit 1) s (source) on true);
end
$$;

comment on function api.effective_rules(uuid) is
  'The rules that a reservation of this resource must keep, and where each comes from: {rule: {"value", "source": resource, kind, tenant or default}}; a value of null sets no limit. '
  'The rules are the columns of booking_rules. When it is open, opening_hours and opening_exceptions say. 403 forbidden; 404 not_found.';
grant execute on function api.effective_rules(uuid) to authenticated, service_role;

commit;
