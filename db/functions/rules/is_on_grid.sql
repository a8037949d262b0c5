begin;
set local role berth_owner;

create function booking.is_on_grid(at timestamptz, slot_step interval, timezone text) returns boolean
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return pg_catalog.mod(pg_catalog.extract('epoch', (at at time zone timezone)::time), pg_catalog.extract('epoch', slot_step)) = 0
         -- A day that has no midnight begins later, and the one before it ends there.
         or (slot_step is not null and at = booking.local_midnight((at at time zone timezone)::date, timezone));
end
$$;

comment on function booking.is_on_grid(timestamptz, interval, text) is
  'Whether a time lies on the grid of this step that begins with the day, by the wall clock; null where there is none.';

commit;
