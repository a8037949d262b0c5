begin;
set local role berth_owner;

create function booking.next_on_grid(at timestamptz, slot_step interval, timezone text) returns timestamptz
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_local timestamp := at at time zone timezone;
  v_midnight timestamp := pg_catalog.date_trunc('day', v_local);
  v_next timestamp := least(pg_catalog.date_bin(slot_step, v_local + slot_step - interval '1 microsecond', v_midnight), v_midnight + interval '1 day');
  v_at timestamptz := at + (v_next - v_local);
begin
  if slot_step is null or booking.is_on_grid(at, slot_step, timezone) then
    return at;
  elsif v_at at time zone timezone = v_next then
    return v_at;
  end if;
  -- Clocks change before that: the next is looked for from then on.
  return booking.next_on_grid(
    (select pg_catalog.min(m)
       from pg_catalog.generate_series(pg_catalog.date_trunc('minute', at), v_at, '1 minute') m
      where m > at and m at time zone timezone - v_local <> m - at),
    slot_step, timezone);
end
$$;

comment on function booking.next_on_grid(timestamptz, interval, text) is
  'The first time from then on that lies on the grid of this step: see is_on_grid(). Any time does where there is '
  'none.';

commit;
