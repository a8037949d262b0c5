begin;
set local role berth_owner;

create function booking.check_quota(a booking.assessment, rule text, period text, quota numeric) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_timezone text := (select t.timezone from booking.tenants t where t.id = (a.resource).tenant_id);
  v_is_hours boolean := rule = 'max_hours_per_week';
  v_kind text := case a.scopes ->> rule when 'kind' then (a.resource).kind end;
  v_resource_id uuid := case a.scopes ->> rule when 'resource' then (a.resource).id end;
  v_limit numeric := case when v_is_hours then quota * 3600 else quota end; -- in seconds: thirds of hours would be rounded
  v_from date;
  v_next date := pg_catalog.date_trunc(period, (a.wanted).starts_at at time zone v_timezone)::date;
  v_begins timestamptz;
  v_ends timestamptz;
  v_use numeric;
  v_asked numeric := 1;
  v_violations jsonb := '[]';
begin
  if (a.wanted).owner_id is null then
    return v_violations;
  end if;
  loop
    v_from := v_next;
    v_next := (v_from + ('1 ' || period)::interval)::date;
    v_begins := booking.local_midnight(v_from, v_timezone);
    v_ends := booking.local_midnight(v_next, v_timezone);
    v_use := booking.quota_use((a.resource).tenant_id, (a.wanted).owner_id, rule, v_kind, v_resource_id, v_begins, v_ends, a.exclude_ids);
    if v_is_hours then
      v_asked := pg_catalog.extract('epoch', least((a.wanted).ends_at, v_ends) - greatest((a.wanted).starts_at, v_begins));
    end if;
    if v_use + v_asked > v_limit and booking.raises_quota(a, rule, v_begins, v_ends) then
      v_use := case when v_is_hours then pg_catalog.trim_scale(pg_catalog.round(v_use / 3600, 2)) else v_use end;
      v_violations := v_violations || pg_catalog.jsonb_build_object(
        'code', 'quota_exceeded', 'rule', rule, 'limit', quota, 'use', v_use, 'starts_at', v_begins, 'ends_at', v_ends,
        'hint', pg_catalog.format('%s of %s %s are used %s of %s; %s.', v_use, pg_catalog.trim_scale(quota),
          case when v_is_hours then 'hours' else 'reservations' end,
          case period when 'day' then 'on the day' else 'in the ' || period end, v_from,
          case when v_asked > v_limit then 'ask for less' else pg_catalog.format('choose another %s, or cancel one of them', period) end));
    end if;
    -- Hours lie in every week that it touches; the others count where it begins.
    -- Of thousands of years, nobody reads every week.
    exit when v_ends >= (a.wanted).ends_at or not v_is_hours or pg_catalog.jsonb_array_length(v_violations) >= 60;
  end loop;
  return v_violations;
end
$$;

comment on function booking.check_quota(booking.assessment, text, text, numeric) is
  'The violations quota_exceeded of a rule that counts what the owner has in each period (day, week or month, in the '
  'tenant''s time zone), on what the rule''s row is for: the resource, the kind or the tenant.';

commit;
