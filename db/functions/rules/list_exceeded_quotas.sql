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
as $$
declare
  v_timezone text := (select t.timezone from booking.tenants t where t.id = resource.tenant_id);
  v_quota record;
  v_unit text;
  v_from timestamp;
  v_next timestamp;
  v_begins timestamptz;
  v_ends timestamptz;
  v_limit numeric;
  v_use numeric;
  v_asked numeric;
  v_violations jsonb := '[]';
begin
  for v_quota in select * from booking.find_quotas(resource) loop
    v_unit := case v_quota.rule when 'max_per_day' then 'day' else 'week' end;
    v_next := pg_catalog.date_trunc(v_unit, starts_at at time zone v_timezone);
    loop
      v_from := v_next;
      v_next := v_from + case v_unit when 'day' then interval '1 day' else interval '7 days' end;
      v_begins := booking.resolve_local_time(v_from, v_timezone, 'shift');
      v_ends := booking.resolve_local_time(v_next, v_timezone, 'shift');
      v_use := booking.quota_use(resource.tenant_id, owner_id, v_quota.rule, v_quota.kind, v_quota.resource_id, v_begins, v_ends, exclude_ids);
      if v_quota.rule = 'max_hours_per_week' then
        -- In seconds: thirds of hours would be rounded.
        v_limit := v_quota.quota * 3600;
        v_asked := pg_catalog.extract('epoch', least(ends_at, v_ends) - greatest(starts_at, v_begins));
      else
        v_limit := v_quota.quota;
        v_asked := 1;
      end if;
      if v_use + v_asked > v_limit then
        v_use := case v_quota.rule when 'max_hours_per_week' then pg_catalog.trim_scale(pg_catalog.round(v_use / 3600, 2)) else v_use end;
        v_violations := v_violations || pg_catalog.jsonb_build_object(
          'code', 'quota_exceeded', 'rule', v_quota.rule, 'limit', v_quota.quota, 'use', v_use, 'starts_at', v_begins, 'ends_at', v_ends,
          'hint', pg_catalog.format('%s of %s %s are used %s of %s; %s.', v_use, pg_catalog.trim_scale(v_quota.quota),
            case v_quota.rule when 'max_hours_per_week' then 'hours' else 'reservations' end,
            case v_unit when 'day' then 'on the day' else 'in the week' end, v_from::date,
            case when v_asked > v_limit then 'ask for less' else pg_catalog.format('choose another %s, or cancel one of them', v_unit) end));
      end if;
      -- Hours lie in every week that it touches; the others count where it begins.
      -- Of thousands of years, nobody reads every week.
      exit when v_ends >= ends_at or v_quota.rule <> 'max_hours_per_week' or pg_catalog.jsonb_array_length(v_violations) >= 60;
    end loop;
  end loop;
  return v_violations;
end
$$;

comment on function booking.list_exceeded_quotas(booking.resources, uuid, timestamptz, timestamptz, uuid[]) is
  'The violations quota_exceeded of a member by a reservation, one for each quota and, of hours, each week, up to sixty: [{code, rule, limit, use, starts_at, ends_at (of the day or week), hint}]. '
  'Days and weeks, from Monday, are those of the tenant''s zone.';

commit;
