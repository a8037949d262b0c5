begin;
set local role berth_owner;

create function booking.taken_range(starts_at timestamptz, ends_at timestamptz, buffer_before interval, buffer_after interval) returns tstzrange
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  if buffer_before = '0' and buffer_after = '0' then -- as nearly always, and on the way of every booking
    return pg_catalog.tstzrange(starts_at, ends_at);
  end if;
  return pg_catalog.tstzrange(booking.add_elapsed(starts_at, -buffer_before), booking.add_elapsed(ends_at, buffer_after));
end
$$;

comment on function booking.taken_range(timestamptz, timestamptz, interval, interval) is
  'The time that a reservation takes, with its buffers before and after.';

commit;
