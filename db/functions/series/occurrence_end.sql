begin;
set local role berth_owner;

create function booking.occurrence_end(series booking.series, local_start timestamp, starts_at timestamptz) returns timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wall interval := series.local_end - series.local_start;
  v_end timestamptz;
begin
  if series.duration is not null then
    return booking.add_elapsed(starts_at, series.duration);
  end if;
  v_end := booking.resolve_local_time(occurrence_end.local_start + v_wall, series.timezone, 'shift');
  -- The clock may jump over the end, and its start be moved behind it: then it lasts as long as it looks.
  return case when v_end > starts_at then v_end else booking.add_elapsed(starts_at, v_wall) end;
end
$$;

comment on function booking.occurrence_end(booking.series, timestamp, timestamptz) is
  'When the occurrence of a series with this start ends: duration is elapsed time, local_end is wall clock '
  '(22:00–06:00 is 7 hours on one night of the year and 9 on another).';

commit;
