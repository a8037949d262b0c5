begin;
set local role berth_owner;

create function booking.shift_time(at timestamptz, shift interval, timezone text) returns timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_days interval := booking.calendar_part(shift);
begin
  if v_days = '0' then
    return at + shift;
  end if;
  return booking.resolve_local_time((at at time zone timezone) + v_days, timezone, 'shift') + (shift - v_days);
end
$$;

comment on function booking.shift_time(timestamptz, interval, text) is
  'So much later: days, months and years by the calendar of the zone, so that 09:00 stays 09:00 over a change of '
  'clocks; hours, minutes and seconds as they elapse.';

commit;
