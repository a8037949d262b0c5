begin;
set local role berth_owner;

create function booking.find_rules(resource booking.resources) returns booking.booking_rules
language plpgsql stable
set search_path = ''
as $$
declare
  v_rules booking.booking_rules;
begin
  select resource.tenant_id, null, resource.kind, resource.id,
         coalesce(r.hold_ttl, k.hold_ttl, t.hold_ttl, '30 minutes'),
         coalesce(r.pencil_ttl, k.pencil_ttl, t.pencil_ttl, '48 hours'),
         coalesce(r.min_pencil_ttl, k.min_pencil_ttl, t.min_pencil_ttl, '24 hours'),
         coalesce(r.max_pencil_ttl, k.max_pencil_ttl, t.max_pencil_ttl, '48 hours'),
         coalesce(r.check_in_opens, k.check_in_opens, t.check_in_opens),
         coalesce(r.no_show_grace, k.no_show_grace, t.no_show_grace),
         coalesce(r.max_no_shows, k.max_no_shows, t.max_no_shows),
         coalesce(r.no_show_window, k.no_show_window, t.no_show_window, '30 days'),
         coalesce(r.allow_preemption, k.allow_preemption, t.allow_preemption, false),
         coalesce(r.max_priority, k.max_priority, t.max_priority),
         coalesce(r.approval_stale_after, k.approval_stale_after, t.approval_stale_after)
    into v_rules
    from (select) as one_row
    left join booking.booking_rules t on t.tenant_id = resource.tenant_id and t.resource_id is null and t.kind is null
    left join booking.booking_rules k on k.tenant_id = resource.tenant_id and k.resource_id is null and k.kind = resource.kind
    left join booking.booking_rules r on r.tenant_id = resource.tenant_id and r.resource_id = resource.id;
  return v_rules;
end
$$;

comment on function booking.find_rules(booking.resources) is
  'The rules a resource goes by: column by column from itself, its kind or the tenant, whichever first sets one, or else the default.';
grant execute on function booking.find_rules(booking.resources) to authenticated, service_role;

commit;
