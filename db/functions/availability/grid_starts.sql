begin;
set local role berth_owner;

create function booking.grid_starts(slot_step interval, timezone text, duration interval, starts tstzrange) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_low timestamp := pg_catalog.lower(starts) at time zone timezone;
  v_high timestamp := pg_catalog.upper(starts) at time zone timezone;
  v_first date := v_low::date;
  v_step numeric := pg_catalog.extract('epoch', slot_step);
  v_days integer := v_high::date - v_first;
  v_last integer := ((pg_catalog.upper(starts) + duration) at time zone timezone)::date - v_first;
begin
  if slot_step is null or pg_catalog.isempty(starts) then
    return null;
  end if;
  -- Usually nobody sets the clock meanwhile and the steps go on over midnight: then all that begins on the grid ends
  -- there, or nothing does.
  if pg_catalog.mod(86400, v_step) = 0
     and not exists (select from pg_catalog.generate_series(0, v_last) d where not booking.is_usual_day(v_first + d, timezone)) then
    if pg_catalog.mod(pg_catalog.extract('epoch', duration), v_step) <> 0 then
      return '{}';
    end if;
    return coalesce((
      select pg_catalog.range_agg(pg_catalog.tstzrange(s, s, '[]'))
        from pg_catalog.generate_series(
               pg_catalog.date_bin(slot_step, pg_catalog.lower(starts) + slot_step - interval '1 microsecond',
                                   booking.local_midnight(v_first, timezone)),
               pg_catalog.upper(starts), slot_step) s), '{}');
  end if;
  return coalesce((
    select pg_catalog.range_agg(pg_catalog.tstzrange(s, s, '[]'))
      from pg_catalog.generate_series(-1, v_days + 1) d -- clocks may go back to the day before
     cross join lateral (select booking.is_usual_day(v_first + d, timezone)) u (is_usual)
     -- Only what is near, by more than clocks change.
     cross join pg_catalog.generate_series(
           greatest(pg_catalog.floor((pg_catalog.extract('epoch', v_low - v_first::timestamp) - d * 86400 - 10800) / v_step) * v_step, 0),
           least(pg_catalog.extract('epoch', v_high - v_first::timestamp) - d * 86400 + 10800, 86399), v_step) t
     cross join lateral (select (v_first + d)::timestamp + pg_catalog.make_interval(secs => t)) l (local_time)
     cross join lateral (
           select l.local_time at time zone timezone
            union
           select booking.resolve_local_time(l.local_time, timezone, 'shift') where not u.is_usual -- both, if the clock shows it twice
           ) x (s)
     where starts @> s and (u.is_usual or booking.is_on_grid(s, slot_step, timezone))
       and booking.is_on_grid(s + duration, slot_step, timezone)), '{}');
end
$$;

comment on function booking.grid_starts(interval, text, interval, tstzrange) is
  'Those starts in a range from which a reservation of this length begins and ends on the grid, as is_on_grid() says; '
  'null where there is no grid.';

commit;
