begin;
set local role berth_owner;

create function api.effective_rules(resource_id uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.enter_tenant();
  v_resource booking.resources := booking.find_resource(v_member.tenant_id, resource_id);
  v_resolved booking.resolved_rules;
begin
  select r.* into v_resolved
    from booking.resolved_rules r
   where r.tenant_id = v_resource.tenant_id and r.resource_id = v_resource.id;
  return (
    select pg_catalog.jsonb_object_agg(e.rule, pg_catalog.jsonb_build_object(
             'value', e.value, 'source', coalesce(v_resolved.scopes ->> e.rule, 'default')))
      from pg_catalog.jsonb_each(pg_catalog.to_jsonb(v_resolved.rules) - '{tenant_id, id, kind, resource_id}'::text[]) e (rule, value));
end
$$;

comment on function api.effective_rules(uuid) is
  'The rules that a reservation of this resource must keep, and where each comes from: {rule: {"value", "source": '
  'resource, kind, tenant or default}}; a value of null sets no limit. '
  'The rules are the columns of booking_rules. When it is open, opening_hours and opening_exceptions say. 403 '
  'forbidden; 404 not_found.';
grant execute on function api.effective_rules(uuid) to authenticated, service_role;

commit;
