begin;
set local role berth_owner;

create function booking.list_exceeded_quotas(
  resource booking.resources,
  owner_id uuid,
  starts_at timestamptz,
  ends_at timestamptz,
  exclude_ids uuid[]
) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
as $$
declare
  v_timezone text := (select t.timezone from booking.tenants t where t.id = resource.tenant_id);
  v_now timestamptz := booking.now();
  v_local timestamp := starts_at at time zone v_timezone;
  v_rule booking.booking_rules;
  v_daily booking.booking_rules;
  v_weekly booking.booking_rules;
  v_hourly booking.booking_rules;
  v_day timestamp := pg_catalog.date_trunc('day', v_local);
  v_week timestamp := pg_catalog.date_trunc('week', v_local);
  v_day_begins timestamptz := booking.resolve_local_time(v_day, v_timezone, 'shift');
  v_day_ends timestamptz := booking.resolve_local_time(v_day + interval '1 day', v_timezone, 'shift');
  v_begins timestamptz := booking.resolve_local_time(v_week, v_timezone, 'shift');
  v_ends timestamptz;
  v_asked numeric;
  v_seconds numeric;
  v_in_day bigint;
  v_in_week bigint;
  v_violations jsonb := '[]';
begin
  -- Of each quota, the most specific row that sets it; it counts the reservations that the row is for.
  for v_rule in
    select r.*
      from booking.booking_rules r
     where r.tenant_id = resource.tenant_id
       and (r.resource_id = resource.id or (r.resource_id is null and coalesce(r.kind, resource.kind) = resource.kind))
     order by r.resource_id nulls first, r.kind nulls first
  loop
    if v_rule.max_per_day is not null then v_daily := v_rule; end if;
    if v_rule.max_per_week is not null then v_weekly := v_rule; end if;
    if v_rule.max_hours_per_week is not null then v_hourly := v_rule; end if;
  end loop;

  -- Hours lie in every week that it touches; the others count where it begins.
  loop
    v_ends := booking.resolve_local_time(v_week + interval '7 days', v_timezone, 'shift');
    -- In seconds: thirds of hours would be rounded.
    v_asked := pg_catalog.extract('epoch', least(ends_at, v_ends) - greatest(starts_at, v_begins));
    select coalesce(pg_catalog.sum(pg_catalog.extract('epoch', least(r.ends_at, v_ends) - greatest(r.starts_at, v_begins)))
                      filter (where (v_hourly.resource_id is null or r.resource_id = v_hourly.resource_id) and (v_hourly.kind is null or r.kind = v_hourly.kind)), 0),
           pg_catalog.count(*) filter (where r.starts_at >= v_day_begins and r.starts_at < v_day_ends
                                             and (v_daily.resource_id is null or r.resource_id = v_daily.resource_id) and (v_daily.kind is null or r.kind = v_daily.kind)),
           pg_catalog.count(*) filter (where r.starts_at >= v_begins
                                             and (v_weekly.resource_id is null or r.resource_id = v_weekly.resource_id) and (v_weekly.kind is null or r.kind = v_weekly.kind))
      into v_seconds, v_in_day, v_in_week
      from (select r.resource_id, r.starts_at, r.ends_at,
                   case when coalesce(v_daily.kind, v_weekly.kind, v_hourly.kind) is not null
                        then (select s.kind from booking.resources s where s.tenant_id = r.tenant_id and s.id = r.resource_id) end as kind
              from booking.reservations r
             where r.tenant_id = resource.tenant_id and r.owner_id = list_exceeded_quotas.owner_id
               -- What lasts longer than a day has an index of its own: the few may have begun long before.
               and ((r.starts_at >= v_begins - interval '24:00' and r.starts_at < v_ends)
                    or (r.ends_at - r.starts_at > interval '24:00' and r.starts_at < v_begins))
               and r.ends_at > v_begins
               and r.status = any (booking.counting_statuses()) and (r.expires_at is null or r.expires_at > v_now) and r.id <> all (exclude_ids)
               -- What is only offered counts once it is accepted.
               and (r.waitlist_entry_id is null or r.status <> 'held')) r;
    if v_seconds + v_asked > v_hourly.max_hours_per_week * 3600 or v_in_day >= v_daily.max_per_day or v_in_week >= v_weekly.max_per_week then
      v_violations := v_violations || (
        select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                 'code', 'quota_exceeded', 'rule', q.rule, 'limit', q.quota, 'use', q.used, 'starts_at', q.begins, 'ends_at', q.ends,
                 'hint', pg_catalog.format('%s of %s are used %s; %s.', q.used, q.what, q.period,
                   case when q.asked > q.quota then 'ask for less' else pg_catalog.format('choose another %s, or cancel one of them', q.unit) end)))
          from (values
            ('max_hours_per_week', v_hourly.max_hours_per_week, pg_catalog.trim_scale(pg_catalog.round(v_seconds / 3600, 2)), v_asked / 3600,
             pg_catalog.trim_scale(v_hourly.max_hours_per_week) || ' hours', 'week', pg_catalog.format('in the week of %s', v_week::date), v_begins, v_ends,
             v_seconds + v_asked > v_hourly.max_hours_per_week * 3600),
            ('max_per_day', v_daily.max_per_day, v_in_day, 1,
             v_daily.max_per_day || ' reservations', 'day', pg_catalog.format('on the day of %s', v_day::date), v_day_begins, v_day_ends,
             v_in_day >= v_daily.max_per_day),
            ('max_per_week', v_weekly.max_per_week, v_in_week, 1,
             v_weekly.max_per_week || ' reservations', 'week', pg_catalog.format('in the week of %s', v_week::date), v_begins, v_ends,
             v_in_week >= v_weekly.max_per_week)
          ) as q (rule, quota, used, asked, what, unit, period, begins, ends, is_exceeded)
         where q.is_exceeded);
    end if;
    -- Of thousands of years, nobody reads every week.
    exit when v_ends >= ends_at or v_hourly.max_hours_per_week is null or pg_catalog.jsonb_array_length(v_violations) >= 60;
    v_daily := null;
    v_weekly := null;
    v_week := v_week + interval '7 days';
    v_begins := v_ends;
  end loop;
  return v_violations;
end
$$;

comment on function booking.list_exceeded_quotas(booking.resources, uuid, timestamptz, timestamptz, uuid[]) is
  'The violations quota_exceeded of a member by a reservation, one for each quota and, of hours, each week, up to sixty: [{code, rule, limit, use, starts_at, ends_at (of the day or week), hint}]. '
  'Days and weeks, from Monday, are those of the tenant''s zone.';

commit;
