begin;
set local role berth_owner;

create function booking.list_resolved_rules(tenant_id uuid, kind text default null, resource_id uuid default null)
  returns setof booking.resolved_rules
language plpgsql stable
set search_path = pg_catalog, pg_temp
set intervalstyle = 'postgres' -- rules go through JSON
as $$
declare
  v_defaults jsonb;
  v_checked text[];
  v_counted text[];
begin
  select pg_catalog.jsonb_object_agg(d.rule, d.default_value),
         pg_catalog.array_agg(d.rule) filter (where not d.is_counted and f.oid is not null),
         pg_catalog.array_agg(d.rule) filter (where d.is_counted)
    into v_defaults, v_checked, v_counted
    from booking.rule_definitions d
   cross join lateral pg_catalog.to_regproc('booking.check_' || d.rule) f (oid);
  return query
  select s.tenant_id, s.id,
         pg_catalog.jsonb_populate_record(
           null::booking.booking_rules,
           v_defaults || found.rules || days.rules
           || pg_catalog.jsonb_build_object('tenant_id', s.tenant_id, 'kind', s.kind, 'resource_id', s.id)),
         found.scopes,
         pg_catalog.jsonb_strip_nulls(v_defaults || found.rules) ?| v_checked,
         exists (select from booking.opening_hours h
                  where h.tenant_id = s.tenant_id
                    and (h.resource_id = s.id or (h.resource_id is null and coalesce(h.kind, s.kind) = s.kind)))
         or exists (select from booking.opening_exceptions e
                     where e.tenant_id = s.tenant_id
                       and (e.resource_id = s.id or (e.resource_id is null and coalesce(e.kind, s.kind) = s.kind))),
         found.rules ?| v_counted
    from booking.resources s
   cross join lateral (
         -- Of equal keys the last one stays, which is the most specific.
         select coalesce(pg_catalog.jsonb_object_agg(rule.key, rule.value order by scope.specificity), '{}'),
                coalesce(pg_catalog.jsonb_object_agg(rule.key, scope.name order by scope.specificity), '{}')
           from booking.booking_rules r
          cross join lateral (select booking.specificity(r.kind, r.resource_id)) a (specificity)
           join (values (0, 'tenant'), (1, 'kind'), (2, 'resource')) scope (specificity, name) using (specificity)
          cross join lateral pg_catalog.jsonb_each(
                pg_catalog.to_jsonb(r) - '{tenant_id, id, kind, resource_id}'::text[]) rule
          where r.tenant_id = s.tenant_id
            and (r.resource_id = s.id or (r.resource_id is null and coalesce(r.kind, s.kind) = s.kind))
            and rule.value <> 'null') found (rules, scopes)
   cross join lateral (
         -- What is let by the day lasts days: 24:00 would refuse those of 23 and 25 hours.
         select coalesce(
                  pg_catalog.jsonb_object_agg(rule.key, pg_catalog.justify_hours((rule.value #>> '{}')::interval)), '{}')
           from pg_catalog.jsonb_each(found.rules) rule
          where rule.key in ('min_duration', 'max_duration') and (found.rules ->> 'slot_step')::interval = '24:00') days (rules)
   where s.tenant_id = list_resolved_rules.tenant_id
     and (list_resolved_rules.kind is null or s.kind = list_resolved_rules.kind)
     and (list_resolved_rules.resource_id is null or s.id = list_resolved_rules.resource_id);
end
$$;

comment on function booking.list_resolved_rules(uuid, text, uuid) is
  'The rules of the tenant''s resources, of a kind, or of one resource, as its rows in booking_rules, opening_hours '
  'and opening_exceptions resolve: '
  'column by column the resource''s own, its kind''s or the tenant''s, whichever first sets one, or else the default. '
  'Where slot_step is a day, 24:00 of min_duration and max_duration is a day too.';

commit;
