begin;
set local role berth_owner;

create function booking.fit_series(series booking.series, locals timestamp[]) returns booking.series
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_starts timestamptz[] := array(select booking.resolve_local_time(l, series.timezone, 'shift') from pg_catalog.unnest(locals) l);
  v_locals timestamp[] := '{}';
  v_yields timestamptz[] := '{}';
begin
  if series.rrule is not null then
    select coalesce(array_agg(o.local_start), '{}'), coalesce(array_agg(o.starts_at), '{}') into v_locals, v_yields
      from booking.expand_rrule(series.rrule, series.local_start, series.timezone, dst_gap => series.dst_gap, max_occurrences => 100000) o;
    if 2 * (select pg_catalog.count(*) from pg_catalog.unnest(v_starts) s where s = any (v_yields)) < pg_catalog.cardinality(v_starts) then
      series.rrule := null;
      v_locals := '{}';
      v_yields := '{}';
    end if;
  end if;
  -- Of two local times at one instant, the earlier is in a gap: the clock shows the other.
  series.rdates := array(
    select pg_catalog.max(u.l) from unnest(locals, v_starts) u (l, s) where u.s <> all (v_yields) group by u.s order by u.s);
  series.exdates := array(
    select u.l from unnest(v_locals, v_yields) u (l, s) where u.s <> all (v_starts) order by u.s);
  return series;
end
$$;

comment on function booking.fit_series(booking.series, timestamp[]) is
  'A series that takes place at these local times and no others: by its rule, with rdates and exdates for the '
  'differences; by rdates alone where the rule yields fewer than half of them.';

commit;
