begin;
set local role berth_owner;

create function booking.cut_rule(series booking.series, at timestamptz, side text) returns booking.series
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_locals timestamp[];
  v_starts timestamptz[];
begin
  if series.rrule is not null then
    select array_agg(o.local_start), array_agg(o.starts_at) into v_locals, v_starts
      from booking.expand_rrule(series.rrule, series.local_start, series.timezone, dst_gap => series.dst_gap, max_occurrences => 100000) o
     where (o.starts_at < at) = (side = 'before');
    if v_starts is null then
      series.rrule := null;
      return series;
    end if;
    if side = 'from' then
      series.local_end := series.local_end + (v_locals[1] - series.local_start);
      series.local_start := v_locals[1];
    end if;
    if (booking.parse_rrule(series.rrule)).count is not null then
      series.rrule := booking.set_rrule_part(series.rrule, 'COUNT', pg_catalog.cardinality(v_starts)::text);
    elsif side = 'before' then
      series.rrule := booking.set_rrule_part(series.rrule, 'UNTIL',
        pg_catalog.to_char(v_starts[pg_catalog.cardinality(v_starts)] at time zone 'UTC', 'YYYYMMDD"T"HH24MISS"Z"'));
    end if;
  end if;
  return series;
end
$$;

comment on function booking.cut_rule(booking.series, timestamptz, text) is
  'A series whose rule yields only what it yielded before a time, or from it on (side: before, from).';

commit;
