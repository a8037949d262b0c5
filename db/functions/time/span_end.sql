begin;
set local role berth_owner;

create function booking.span_end(starts_at timestamptz, span interval, timezone text) returns timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_local timestamp := starts_at at time zone timezone;
  v_calendar interval := booking.calendar_part(span);
begin
  -- Of a day that has no midnight, the first moment stands for it: all of that day is a day.
  if v_calendar <> '0' and v_local::time <> '00:00' and starts_at = booking.local_midnight(v_local::date, timezone) then
    return booking.resolve_local_time(v_local::date + v_calendar, timezone, 'shift') + (span - v_calendar);
  end if;
  return booking.shift_time(starts_at, span, timezone);
end
$$;

comment on function booking.span_end(timestamptz, interval, text) is
  'When what begins then and lasts so long ends: days, months and years count by the calendar of the zone, from the '
  'first '
  'moment of a day to that of another, and from any other time as shift_time() says; hours as they elapse.';

commit;
