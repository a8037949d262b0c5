begin;
set local role berth_owner;

create function booking.expand_rrule(
  rrule text,
  dtstart timestamp,
  timezone text,
  rdates timestamp[] default '{}',
  exdates timestamp[] default '{}',
  dst_gap text default 'skip',
  max_occurrences integer default 1000,
  horizon timestamptz default null
) returns table (local_start timestamp, starts_at timestamptz)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
set jit = off -- and compiling much longer
as $$
declare
  v_rule booking.recurrence;
  v_limit bigint := coalesce(max_occurrences, 1000);
  v_part text;
  v_value text;
  v_day date := dtstart::date;
  v_times time[];
  v_clocks integer;
  v_excluded timestamptz[];
  v_locals timestamp[] := '{}';
  v_starts timestamptz[] := '{}';
  v_kept bigint := 0;
  v_counted bigint := 0;
  -- Periods are the days, weeks, months or years that INTERVAL leaves, from 0. In 400 years the calendar repeats
  -- itself:
  -- a rule that finds nothing in so many of its periods never will.
  v_cycle integer;
  v_from integer := 0;
  v_to integer;
  v_last integer;
  v_last_day date;
  v_chunk integer;
  v_hit integer := 0;
  v_wanted bigint;
  v_after timestamp;
  v_new timestamp[];
  v_reached integer;
  v_new_locals timestamp[];
  v_new_starts timestamptz[];
  v_existing bigint;
begin
  if rrule is not null or rdates = '{}' then
    v_rule := booking.parse_rrule(rrule);
  end if;
  if (dtstart between '0001-01-01' and '9999-12-31 23:59:59.999999') is not true then
    perform booking.refuse_rrule('DTSTART', dtstart::text, 'Give the start of the series as a local time like 2030-01-07T09:00:00.');
  end if;
  select u.part, u.v::text into v_part, v_value
    from (select 'RDATE', pg_catalog.unnest(rdates) union all select 'EXDATE', pg_catalog.unnest(exdates)) u (part, v)
   where (u.v between '0001-01-01' and '9999-12-31 23:59:59.999999') is not true;
  if found then
    perform booking.refuse_rrule(v_part, v_value, 'Give each date of RDATE and EXDATE as a local time like 2030-01-07T09:00:00.');
  end if;
  if (dst_gap in ('skip', 'shift')) is not true then
    perform booking.raise_error(400, 'invalid_argument', 'dst_gap is skip or shift.', '{"argument": "dst_gap"}');
  end if;
  begin
    -- Looking a name up in the list takes longer than the whole expansion: only those do that PostgreSQL might read as
    -- something else.
    if (timezone ~ '^[A-Z][A-Za-z]+(/[A-Z][A-Za-z_-]+)+$') is not true then
      perform booking.check_timezone(timezone);
    end if;
    -- A series ends at UNTIL or before the horizon; two days are more than a clock is ever set.
    v_last_day := least('9999-12-31', (least(v_rule.until, horizon) at time zone timezone)::date + 2);
    perform dtstart at time zone timezone;
  exception
    when invalid_parameter_value then
      perform booking.check_timezone(timezone);
  end;

  -- What the rule leaves open, DTSTART says. A week of BYWEEKNO alone is all its days, as for python-dateutil.
  if coalesce(v_rule.by_week_no, v_rule.by_year_day, v_rule.by_month_day) is null and v_rule.by_day is null then
    case v_rule.freq
      when 'WEEKLY' then
        v_rule.by_day := array[(null, pg_catalog.date_part('isodow', v_day))::booking.recurrence_day];
      when 'MONTHLY' then
        v_rule.by_month_day := array[pg_catalog.date_part('day', v_day)];
      when 'YEARLY' then
        v_rule.by_month_day := array[pg_catalog.date_part('day', v_day)];
        v_rule.by_month := coalesce(v_rule.by_month, array[pg_catalog.date_part('month', v_day)::integer]);
      else
        null;
    end case;
  end if;
  v_times := array(
    select distinct pg_catalog.make_time(h, m, s)
      from pg_catalog.unnest(coalesce(v_rule.by_hour, array[pg_catalog.date_part('hour', dtstart)::integer])) h,
           pg_catalog.unnest(coalesce(v_rule.by_minute, array[pg_catalog.date_part('minute', dtstart)::integer])) m,
           pg_catalog.unnest(coalesce(pg_catalog.array_replace(v_rule.by_second, 60, 59)::double precision[],
                                      array[pg_catalog.date_part('second', dtstart)])) s
     order by 1);
  v_clocks := pg_catalog.cardinality(v_times);
  v_excluded := array(
    select e.starts_at
      from (select booking.resolve_local_time(x, timezone, 'shift') as starts_at from pg_catalog.unnest(exdates) x offset 0) e
     where e.starts_at is not null);

  v_after := dtstart - interval '1 microsecond';
  v_cycle := case v_rule.freq when 'DAILY' then 146097 when 'WEEKLY' then 20871 when 'MONTHLY' then 4800 else 400 end;
  v_chunk := v_cycle / 1000 + 1;
  v_last := case when v_last_day < v_day or v_rule.freq is null then -1 else
    case v_rule.freq
      when 'DAILY' then v_last_day - v_day
      when 'WEEKLY' then (v_last_day - v_day + 6) / 7
      when 'MONTHLY' then (pg_catalog.date_part('year', v_last_day) - pg_catalog.date_part('year', v_day)) * 12
                          + pg_catalog.date_part('month', v_last_day) - pg_catalog.date_part('month', v_day)
      else pg_catalog.date_part('year', v_last_day) - pg_catalog.date_part('year', v_day) end::integer / v_rule.every end;

  while v_from <= v_last and v_from - v_hit <= v_cycle and v_kept <= v_limit and (v_counted < v_rule.count) is not false loop
    v_to := least(v_from + v_chunk - 1, v_last);
    v_wanted := least(v_rule.count - v_counted, v_limit + 1 - v_kept);
    if v_rule.by_set_pos is null then
      -- No more days than needed, since each may have 86,400 times.
      select coalesce(array_agg(t.at order by t.at), '{}'), max(t.period) into v_new, v_reached
        from (select d.period, d.day + c.clock as at
                from (select distinct l.period, l.day
                        from booking.list_rule_days(v_rule, v_day, v_from, v_to) l
                       where l.day >= v_after::date
                       order by l.day
                       limit v_wanted / v_clocks + 2) d,
                     pg_catalog.unnest(v_times) c (clock)
               where d.day + c.clock > v_after
               order by at
               limit v_wanted) t;
    else
      -- The n-th of all times of all days, without listing them.
      select coalesce(array_agg(t.at order by t.at), '{}'), max(t.period) into v_new, v_reached
        from (select distinct p.period, p.days[o.at / v_clocks + 1] + v_times[o.at % v_clocks + 1] as at
                from (select l.period, array_agg(distinct l.day order by l.day) as days
                        from booking.list_rule_days(v_rule, v_day, v_from, v_to) l
                       group by l.period) p,
                     pg_catalog.unnest(v_rule.by_set_pos) s (position),
                     lateral (select case when s.position > 0 then s.position - 1
                                          else pg_catalog.cardinality(p.days) * v_clocks + s.position end as at) o
               where o.at between 0 and pg_catalog.cardinality(p.days) * v_clocks - 1
                 and p.days[o.at / v_clocks + 1] + v_times[o.at % v_clocks + 1] > v_after
               order by at
               limit v_wanted) t;
    end if;

    -- Times that do not occur are not counted either (RFC 5545 3.3.10).
    select array_agg(t.at order by t.at) filter (where t.is_wanted), array_agg(t.starts_at order by t.at) filter (where t.is_wanted), count(t.starts_at)
      into v_new_locals, v_new_starts, v_existing
      from (select r.at, r.starts_at,
                   r.starts_at is not null and (r.starts_at <= v_rule.until) is not false and (r.starts_at < horizon) is not false as is_wanted
              from (select n as at, booking.resolve_local_time(n, timezone, dst_gap) as starts_at
                      from pg_catalog.unnest(v_new) n
                    offset 0) r) t; -- so that each is asked for once
    v_locals := v_locals || v_new_locals;
    v_starts := v_starts || v_new_starts;
    v_counted := v_counted + v_existing;
    select count(distinct s) into v_kept from pg_catalog.unnest(v_starts) s where s not in (select pg_catalog.unnest(v_excluded));

    -- The next ones: as many periods as these lead to expect.
    v_chunk := case when v_reached is null then least(v_chunk * 8, v_cycle / 4)
                    else least((v_wanted * (v_to - v_from + 1) / pg_catalog.cardinality(v_new)) + 1, v_cycle)::integer end;
    if v_reached is not null then
      v_hit := v_reached;
      v_after := v_new[pg_catalog.cardinality(v_new)];
    end if;
    v_from := case when pg_catalog.cardinality(v_new) = v_wanted then v_reached else v_to + 1 end;
  end loop;

  select array_agg(k.local_start order by k.starts_at), array_agg(k.starts_at order by k.starts_at)
    into v_locals, v_starts
    from (-- Where a time that was moved meets one that occurs, the latter stands.
          select distinct on (a.starts_at) a.local_start, a.starts_at
            from (select l as local_start, s as starts_at from unnest(v_locals, v_starts) u (l, s)
                  union all
                  select r, booking.resolve_local_time(r, timezone, 'shift') from pg_catalog.unnest(rdates) r
                  offset 0) a
           where a.starts_at is not null and a.starts_at not in (select pg_catalog.unnest(v_excluded)) and (a.starts_at < horizon) is not false
           order by a.starts_at, a.local_start desc) k;
  if pg_catalog.cardinality(v_starts) > v_limit then
    perform booking.refuse_violations(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
      'code', 'too_many_occurrences', 'limit', v_limit, 'exceeded_at', v_starts[v_limit + 1],
      'hint', pg_catalog.format('A series has at most %s occurrences; let it end before %s.',
        v_limit, pg_catalog.to_char(v_locals[v_limit + 1], 'YYYY-MM-DD HH24:MI')))));
  end if;
  return query select u.local_start, u.starts_at from unnest(v_locals, v_starts) u (local_start, starts_at);
end
$$;

comment on function booking.expand_rrule(text, timestamp, text, timestamp[], timestamp[], text, integer, timestamptz) is
  'The occurrences of a series, ascending: what its rule yields from dtstart on by the wall clock of the zone, and '
  'RDATE, without EXDATE; an EXDATE means the instant. '
  'dtstart itself is one only if the rule yields it; where rrule is null, RDATE alone says when. COUNT counts what the '
  'rule yields, EXDATE or not. '
  'A local time of the rule that does not occur is skipped and not counted (RFC 5545 3.3.10), or with dst_gap => '
  '''shift'' moved by the gap; one of RDATE or EXDATE always is (3.3.5). local_start says what it was. '
  'Only what starts before the horizon; if that is more than max_occurrences, 422 too_many_occurrences. '
  '400 invalid_recurrence, unknown_timezone or invalid_argument (dst_gap).';

commit;
