begin;
set local role berth_owner;

create function api.preview_rule_change(
  rules jsonb,
  kind text default null,
  resource_id uuid default null
) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request('preview_rule_change', null, 'manager');
  v_codes constant jsonb := '{"min_duration": "too_short", "max_duration": "too_long", "slot_step": "off_grid", "min_notice": "too_soon", "max_advance": "too_far_ahead",
    "max_per_day": "quota_exceeded", "max_per_week": "quota_exceeded", "max_hours_per_week": "quota_exceeded", "buffer_before": "slot_taken", "buffer_after": "slot_taken"}';
  v_known booking.booking_rules;
  v_found jsonb;
  v_constraint text;
begin
  v_known.tenant_id := v_request.tenant_id; -- a record of nulls has no columns
  if pg_catalog.jsonb_typeof(rules) is distinct from 'object'
     or not pg_catalog.to_jsonb(v_known) - '{tenant_id, id, kind, resource_id}'::text[] ?& array(select pg_catalog.jsonb_object_keys(rules)) then
    perform booking.raise_error(400, 'invalid_argument', 'rules is an object of columns of booking_rules: {"max_duration": "2 hours"}.', '{"argument": "rules"}');
  elsif preview_rule_change.resource_id is not null then
    perform booking.find_resource(v_request.tenant_id, preview_rule_change.resource_id);
  end if;
  begin
    perform booking.withhold_offers(); -- for good: all of this is undone
    delete from booking.booking_rules r
     where r.tenant_id = v_request.tenant_id and r.kind is not distinct from preview_rule_change.kind
       and r.resource_id is not distinct from preview_rule_change.resource_id
    returning * into v_known;
    v_known.tenant_id := v_request.tenant_id;
    v_known.id := coalesce(v_known.id, pg_catalog.gen_random_uuid());
    v_known.kind := preview_rule_change.kind;
    v_known.resource_id := preview_rule_change.resource_id;
    v_known := pg_catalog.jsonb_populate_record(v_known, rules);
    insert into booking.booking_rules select v_known.*;
    v_found := (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
               'reservation_id', r.id, 'resource_id', r.resource_id, 'status', r.status, 'starts_at', r.starts_at, 'ends_at', r.ends_at,
               'title', r.title, 'owner_id', r.owner_id, 'violations', v.violations) order by r.starts_at, r.id), '[]')
        from booking.reservations r
        join booking.resources s on s.tenant_id = r.tenant_id and s.id = r.resource_id
       cross join lateral (
             select pg_catalog.jsonb_agg(e) as violations
               from pg_catalog.jsonb_array_elements(
                      booking.list_violations(s, booking.find_rules(s), r.starts_at, r.ends_at, r.units, r.created_at)
                      || case when r.status = any (booking.counting_statuses()) then booking.list_exceeded_quotas(s, r.owner_id, r.starts_at, r.ends_at, array[r.id]) else '[]' end
                      || case when rules ?| '{buffer_before, buffer_after}' then booking.list_crowded(s, booking.find_rules(s), r) else '[]' end) e
              -- Only what the change is about.
              where exists (select from pg_catalog.jsonb_object_keys(rules) k
                             where v_codes ->> k = e ->> 'code' and coalesce(e ->> 'rule' = k, true)
                               -- And not what a more specific row says anyway.
                               and not exists (select from booking.booking_rules m
                                                where m.tenant_id = r.tenant_id and pg_catalog.to_jsonb(m) -> k <> 'null'
                                                  and ((m.resource_id = r.resource_id and preview_rule_change.resource_id is null)
                                                       or (m.kind = s.kind and preview_rule_change.kind is null and preview_rule_change.resource_id is null))))) v
       where r.tenant_id = v_request.tenant_id and r.ends_at > booking.now()
         and r.status = any (booking.live_statuses())
         and (preview_rule_change.resource_id is null or r.resource_id = preview_rule_change.resource_id)
         and (preview_rule_change.kind is null or s.kind = preview_rule_change.kind)
         and (r.expires_at is null or r.expires_at > booking.now())
         and v.violations is not null);
    raise exception using errcode = 'BE002'; -- leave nothing behind
  exception
    when sqlstate 'BE002' then null;
    when check_violation then
      get stacked diagnostics v_constraint = constraint_name;
      perform booking.raise_error(400, 'invalid_argument',
        pg_catalog.format('%s is out of bounds; the columns of booking_rules say how far they go.',
          pg_catalog.regexp_replace(v_constraint, '^booking_rules_|_check$', '', 'g')), '{"argument": "rules"}');
    when data_exception then
      perform booking.raise_error(400, 'invalid_argument', pg_catalog.format('One of the rules cannot be read: %s.', sqlerrm), '{"argument": "rules"}');
  end;
  return v_found;
end
$$;

comment on function api.preview_rule_change(jsonb, text, uuid) is
  'Managers ask which reservations still to come rules would not have allowed: rules as a row of booking_rules would have them ({"max_duration": "2 hours"}), for the tenant, a kind or a resource_id, beside what is set there. '
  'Nothing is changed, and the change itself breaks none of these either. Answers [{reservation_id, resource_id, status, starts_at, ends_at, title, owner_id, violations: [{"code", "limit", "hint", …}]}]. 400 invalid_argument; 403 forbidden; 404 not_found.';
grant execute on function api.preview_rule_change(jsonb, text, uuid) to authenticated, service_role;

commit;
