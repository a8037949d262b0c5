begin;
set local role berth_owner;

create function booking.shift_range(during tstzrange, shift interval, timezone text) returns tstzrange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_start timestamptz := booking.shift_time(pg_catalog.lower(during), shift, timezone);
  v_end timestamptz := booking.shift_time(pg_catalog.upper(during), shift, timezone);
begin
  -- The clock may jump over its start alone, or have shown the same time at both ends: then it lasts as long as before.
  if v_end <= v_start then
    v_end := booking.add_elapsed(v_start, pg_catalog.upper(during) - pg_catalog.lower(during));
  end if;
  return pg_catalog.tstzrange(v_start, v_end);
end
$$;

comment on function booking.shift_range(tstzrange, interval, text) is
  'So much later, both ends as shift_time() says; never empty or reversed.';

commit;
