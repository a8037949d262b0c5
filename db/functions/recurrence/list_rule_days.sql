begin;
set local role berth_owner;

create function booking.list_rule_days(rule booking.recurrence, first_day date, from_period integer, to_period integer)
returns table (period integer, day date)
language plpgsql immutable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
set jit = off -- and compiling much longer
as $$
declare
  v_base constant date := '0001-01-01'; -- a Monday
  v_month integer := date_part('year', first_day)::integer * 12 + date_part('month', first_day)::integer - 1;
  -- Ordinals count within a month, or else within the year.
  v_whole text := case when rule.freq = 'MONTHLY' or rule.by_month is not null then 'month' else 'year' end;
  v_unit text := case v_whole when 'month' then 'day' else 'doy' end;
  v_length interval := ('1 ' || v_whole)::interval;
  -- Days of the week as they stand alone, and those that are counted.
  v_plain integer[] := array(select d.weekday from pg_catalog.unnest(rule.by_day) d where d.ordinal is null);
  v_counted boolean := exists (select from pg_catalog.unnest(rule.by_day) d where d.ordinal is not null);
  -- How days are found: as the n-th of a span, or else as its n-th Monday and so on. What remains of the rule then
  -- limits them.
  v_numbers integer[] := case when rule.freq = 'DAILY' then '{1}' else coalesce(rule.by_year_day, rule.by_month_day) end;
  v_span text := case
    -- A rule for one day in a month would leave out nearly all days: its months are fewer.
    when rule.freq = 'DAILY' and rule.every <= 31 and (rule.by_month is not null or rule.by_month_day is not null) then 'MONTHLY'
    when rule.freq <> 'YEARLY' then rule.freq
    when rule.by_year_day is not null then 'YEARLY'
    when rule.by_month_day is not null then 'MONTHLY'
    when rule.by_week_no is not null then 'WEEKLY'
    when rule.by_month is not null then 'MONTHLY'
    else 'YEARLY' end;
  v_weeks integer := case v_span when 'WEEKLY' then 1 when 'MONTHLY' then 5 else 53 end;
  -- Positions that are all counted from one end reach only so many weeks from there: of five weekdays, the sixth day is
  -- in the second.
  v_reach integer := least(v_weeks, (select (max(abs(p)) - 1) / greatest(pg_catalog.cardinality(v_plain), 1) + 1 from pg_catalog.unnest(rule.by_set_pos) p));
  v_weekdays booking.recurrence_day[] := array(
    select (o, w.weekday)::booking.recurrence_day
      from pg_catalog.unnest(case when rule.by_day is null then '{1,2,3,4,5,6,7}' else v_plain end) w (weekday),
           pg_catalog.generate_series(case when 0 > all (rule.by_set_pos) then -v_reach else 1 end,
                                      case when 0 > all (rule.by_set_pos) then -1 when 0 < all (rule.by_set_pos) then v_reach else v_weeks end) o
     where v_numbers is null
    union
    select (d.ordinal, d.weekday)::booking.recurrence_day
      from pg_catalog.unnest(rule.by_day) d
     where d.ordinal is not null and v_numbers is null);
begin
  if rule.freq = 'DAILY' and v_span = 'MONTHLY' then
    v_numbers := coalesce(rule.by_month_day, array(select generate_series(1, 31)));
  end if;
  return query
  with spans (period, first, days, year) as (
    select p, first_day + p * rule.every, 1, null::integer
      from generate_series(from_period, to_period) p
     where v_span = 'DAILY'
    union all
    select p, first_day - ((first_day - v_base + 8 - rule.week_start) % 7) + p * rule.every * 7, 7, null
      from generate_series(from_period, to_period) p
     where rule.freq = 'WEEKLY'
    union all
    select m.period, f.first, make_date((m.month + 1) / 12, (m.month + 1) % 12 + 1, 1) - f.first, null
      from (select p, v_month + p * rule.every
              from generate_series(from_period, to_period) p
             where rule.freq = 'MONTHLY'
            union all
            select p, (v_month / 12 + p * rule.every) * 12 + n - 1
              from generate_series(from_period, to_period) p, unnest(coalesce(rule.by_month, '{1,2,3,4,5,6,7,8,9,10,11,12}')) n
             where rule.freq = 'YEARLY'
            union all
            select null, n
              from (select first_day + from_period * rule.every as first, first_day + to_period * rule.every as last) d,
                   generate_series(date_part('year', d.first)::integer * 12 + date_part('month', d.first)::integer - 1,
                                   date_part('year', d.last)::integer * 12 + date_part('month', d.last)::integer - 1) n
             where rule.freq = 'DAILY') m (period, month),
           lateral (select make_date(m.month / 12, m.month % 12 + 1, 1) as first) f
     where v_span = 'MONTHLY' and (rule.by_month is null or m.month % 12 + 1 = any (rule.by_month))
    union all
    select p, f.first, make_date(v_month / 12 + p * rule.every + 1, 1, 1) - f.first, null
      from generate_series(from_period, to_period) p,
           lateral (select make_date(v_month / 12 + p * rule.every, 1, 1) as first) f
     where v_span = 'YEARLY'
    union all
    -- A week belongs to the year of its fourth day, and is numbered with it. Its days in the year before or after count
    -- there.
    select p, w.fourth - 3, 7, y.year
      from generate_series(from_period, to_period) p,
           lateral (select v_month / 12 + p * rule.every as year) y,
           generate_series(-1, 1) o,
           lateral (select (make_date(y.year, 1, 1) + make_interval(years => o))::date as first) f,
           lateral (select (make_date(y.year, 1, 1) + make_interval(years => o + 1))::date - 1 as last) l,
           unnest(rule.by_week_no) n,
           lateral (select case when n > 0
                                then f.first + ((rule.week_start + 2 - (f.first - v_base)) % 7 + 7) % 7 + 7 * (n - 1)
                                else l.last - ((l.last - v_base - rule.week_start - 2) % 7 + 7) % 7 + 7 * (n + 1) end as fourth) w
     where v_span = 'WEEKLY' and rule.freq = 'YEARLY' and w.fourth between f.first and l.last
  ), found as (
    select s.period, s.first + n.at as day, s.year
      from spans s, unnest(v_numbers) number,
           lateral (select case when number > 0 then number - 1 else s.days + number end as at) n
     where v_numbers is not null and n.at >= 0 and n.at < s.days
    union all
    select s.period, s.first + n.at, s.year
      from spans s, unnest(v_weekdays) d,
           lateral (select case when d.ordinal > 0
                                then ((d.weekday - 1 - (s.first - v_base)) % 7 + 7) % 7 + 7 * (d.ordinal - 1)
                                else s.days - 1 - ((s.first + s.days - v_base - d.weekday) % 7 + 7) % 7 + 7 * (d.ordinal + 1) end as at) n
     where v_numbers is null and n.at >= 0 and n.at < s.days
  )
  select coalesce(f.period, (f.day - first_day) / rule.every), f.day
    from found f
   where f.day <= '9999-12-31'
     and (f.period is not null
          or (f.day - first_day) % rule.every = 0
             and f.day between first_day + from_period * rule.every and first_day + to_period * rule.every)
     and (f.year is null or date_part('year', f.day) = f.year)
     and (rule.by_month is null or v_span = 'MONTHLY' or date_part('month', f.day)::integer = any (rule.by_month))
     and (rule.by_month_day is null or v_span = 'MONTHLY'
          or exists (select
                       from (select date_part('day', f.day)::integer as day,
                                    date_part('day', date_trunc('month', f.day::timestamp) + interval '1 month -1 day')::integer as days) m
                      where m.day = any (rule.by_month_day) or m.day - m.days - 1 = any (rule.by_month_day)))
     and (rule.by_week_no is null or v_numbers is null
          or exists (select
                       from (select f.day - (f.day - v_base + 8 - rule.week_start) % 7 + 3 as day) w,
                            lateral (select date_part('doy', w.day)::integer as day,
                                            date_part('doy', make_date(date_part('year', w.day)::integer, 12, 31))::integer as days) y
                      where (y.day + 6) / 7 = any (rule.by_week_no) or (y.day - y.days - 7) / 7 = any (rule.by_week_no)))
     and (rule.by_day is null or v_numbers is null
          or (f.day - v_base) % 7 + 1 = any (v_plain)
          or v_counted
             and exists (select
                           from unnest(rule.by_day) d,
                                lateral (select date_part(v_unit, f.day)::integer as day,
                                                (date_trunc(v_whole, f.day::timestamp) + v_length)::date - date_trunc(v_whole, f.day::timestamp)::date as days) u
                          where d.weekday = (f.day - v_base) % 7 + 1
                            and d.ordinal in ((u.day + 6) / 7, (u.day - u.days - 7) / 7)));
end
$$;

comment on function booking.list_rule_days(booking.recurrence, date, integer, integer) is
  'The days of a rule in some of its periods (the first, 0, is the day, week, month or year of its DTSTART); with '
  'BYSETPOS, at least all that its positions reach. '
  'What the rule takes from its DTSTART stands in it already. As weeks of a year count the days which lie in that '
  'year.';

commit;
