begin;
set local role berth_owner;

create function booking.shift_rule(series booking.series, shift interval) returns booking.series
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_weekdays constant text[] := '{MO,TU,WE,TH,FR,SA,SU}';
  v_rule booking.recurrence;
  v_days integer := (series.local_start + shift)::date - series.local_start::date;
begin
  if series.rrule is not null then
    v_rule := booking.parse_rrule(series.rrule);
    if v_rule.until is not null then
      series.rrule := booking.set_rrule_part(series.rrule, 'UNTIL', pg_catalog.to_char(
        booking.resolve_local_time((v_rule.until at time zone series.timezone) + shift, series.timezone, 'shift') at time zone 'UTC',
        'YYYYMMDD"T"HH24MISS"Z"'));
    end if;
    -- The days of a week turn with it. What a shift makes of other rules, such as the last Friday of a month, no rule
    -- says.
    if v_rule.freq = 'WEEKLY' and v_days % 7 <> 0 then
      if v_rule.by_day is not null then
        series.rrule := booking.set_rrule_part(series.rrule, 'BYDAY', (
          select pg_catalog.string_agg(v_weekdays[1 + (d.weekday - 1 + v_days % 7 + 7) % 7], ',' order by d.weekday)
            from pg_catalog.unnest(v_rule.by_day) d));
      end if;
      series.rrule := booking.set_rrule_part(series.rrule, 'WKST', v_weekdays[1 + (v_rule.week_start - 1 + v_days % 7 + 7) % 7]);
    end if;
  end if;
  series.local_start := series.local_start + shift;
  series.local_end := series.local_end + shift;
  return series;
end
$$;

comment on function booking.shift_rule(booking.series, interval) is
  'A series whose rule begins later by so much of the wall clock, and yields the same occurrences later by so much '
  'wherever a rule can say that.';

commit;
