begin;
set local role berth_owner;

create function booking.fit_series(series booking.series, starts timestamptz[]) returns booking.series
language plpgsql stable
set search_path = ''
as $$
declare
  v_yields timestamptz[] := '{}';
begin
  if series.rrule is not null then
    v_yields := array(
      select o.starts_at
        from booking.expand_rrule(series.rrule, series.local_start, series.timezone, dst_gap => series.dst_gap, max_occurrences => 100000) o);
    if 2 * (select pg_catalog.count(*) from pg_catalog.unnest(starts) s where s = any (v_yields)) < pg_catalog.cardinality(starts) then
      series.rrule := null;
      v_yields := '{}';
    end if;
  end if;
  series.rdates := array(
    select s at time zone series.timezone from pg_catalog.unnest(starts) s where s <> all (v_yields) group by s order by s);
  series.exdates := array(
    select s at time zone series.timezone from pg_catalog.unnest(v_yields) s where s <> all (starts) order by s);
  return series;
end
$$;

comment on function booking.fit_series(booking.series, timestamptz[]) is
  'A series that takes place at these times and no others: by its rule, with rdates and exdates for the differences; by rdates alone where the rule yields fewer than half of them.';

commit;
