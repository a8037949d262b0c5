begin;
set local role berth_owner;

create function booking.allowed_starts(
  resource booking.resources,
  rules booking.booking_rules,
  member booking.members,
  units integer,
  duration interval,
  starts tstzrange,
  exclude_ids uuid[]
) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := booking.now();
  v_starts tstzmultirange;
  v_open tstzmultirange;
  v_timezone text;
  v_quota record;
  v_unit text;
  v_from timestamp;
  v_starts_at timestamptz;
  v_ends_at timestamptz;
  v_use numeric;
  v_left numeric;
begin
  if not resource.is_active or units > resource.capacity or duration < rules.min_duration or duration > rules.max_duration
     or (member.role = 'member' and (rules.max_priority < 0 or booking.find_suspension(resource.tenant_id, member.user_id, rules, resource.timezone) is not null)) then
    return '{}';
  end if;
  -- What has begun can be booked until it is over, unless there is a notice.
  v_starts := pg_catalog.tstzmultirange(
    starts
    * pg_catalog.tstzrange(case when rules.min_notice is null then v_now - duration + interval '1 microsecond' else booking.add_elapsed(v_now, rules.min_notice) end, null)
    * pg_catalog.tstzrange(booking.add_elapsed(resource.claims_kept_since, rules.buffer_before), null)
    * pg_catalog.tstzrange(null, booking.add_elapsed(v_now, rules.max_advance), '[]'));
  if pg_catalog.isempty(v_starts) then
    return v_starts;
  end if;
  v_open := booking.open_ranges(resource, pg_catalog.tstzrange(pg_catalog.lower(v_starts), pg_catalog.upper(v_starts) + duration));
  if v_open <> '{(,)}' then
    v_starts := v_starts * coalesce((
      select pg_catalog.range_agg(pg_catalog.tstzrange(pg_catalog.lower(o), pg_catalog.upper(o) - duration, '[]'))
        from pg_catalog.unnest(v_open) o
       where pg_catalog.upper(o) - pg_catalog.lower(o) >= duration), '{}');
  end if;
  if member.user_id is null or coalesce(rules.max_per_day, rules.max_per_week, rules.max_hours_per_week) is null then
    return v_starts;
  end if;

  v_timezone := (select t.timezone from booking.tenants t where t.id = resource.tenant_id);
  for v_quota in select * from booking.find_quotas(resource) loop
    v_unit := case v_quota.rule when 'max_per_day' then 'day' else 'week' end;
    v_from := pg_catalog.date_trunc(v_unit, pg_catalog.lower(v_starts) at time zone v_timezone);
    loop
      v_starts_at := booking.resolve_local_time(v_from, v_timezone, 'shift');
      -- Hours lie where it goes on, too; the others count where it begins. Unknown when nothing is left.
      exit when (v_starts_at < pg_catalog.upper(v_starts) + case v_quota.rule when 'max_hours_per_week' then duration else interval '1 microsecond' end) is not true;
      v_from := v_from + case v_unit when 'day' then interval '1 day' else interval '7 days' end;
      v_ends_at := booking.resolve_local_time(v_from, v_timezone, 'shift');
      continue when not v_starts && pg_catalog.tstzrange(v_starts_at - duration, v_ends_at);
      v_use := booking.quota_use(resource.tenant_id, member.user_id, v_quota.rule, v_quota.kind, v_quota.resource_id, v_starts_at, v_ends_at, exclude_ids);
      if v_quota.rule = 'max_hours_per_week' then
        -- Hours lie in every week that it touches: too many of them for the week, unless it reaches into it just so far.
        v_left := greatest(pg_catalog.trunc(v_quota.quota * 3600 - v_use, 6), 0);
        if v_left < pg_catalog.extract('epoch', least(duration, v_ends_at - v_starts_at)) then
          v_starts := v_starts - pg_catalog.tstzmultirange(pg_catalog.tstzrange(
            v_starts_at + pg_catalog.make_interval(secs => v_left::double precision) - duration,
            v_ends_at - pg_catalog.make_interval(secs => v_left::double precision), '()'));
        end if;
      elsif v_use + 1 > v_quota.quota then
        v_starts := v_starts - pg_catalog.tstzmultirange(pg_catalog.tstzrange(v_starts_at - interval '1 microsecond', v_ends_at, '()'));
      end if;
    end loop;
  end loop;
  return v_starts;
end
$$;

comment on function booking.allowed_starts(booking.resources, booking.booking_rules, booking.members, integer, interval, tstzrange, uuid[]) is
  'Those of a range of starts at which the rules, the opening hours and this member''s quotas allow a reservation of this length: where check_rules() and check_quotas() are content. '
  'Grid, claims and blackouts do not count here. All bounds are inclusive; the length is in seconds, as add_elapsed() counts.';

commit;
