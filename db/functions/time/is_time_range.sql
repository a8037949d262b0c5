begin;
set local role berth_owner;

create function booking.is_time_range(starts_at timestamptz, ends_at timestamptz) returns boolean
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  -- RFC 3339 has four-digit years; infinity lies outside them too.
  return starts_at < ends_at and starts_at >= '0001-01-01 00:00+00'::timestamptz and ends_at < '10000-01-01 00:00+00'::timestamptz;
end
$$;

comment on function booking.is_time_range(timestamptz, timestamptz) is
  'Whether the first time is before the second, and both lie in RFC 3339''s years 1 to 9999; null where one of them '
  'is null.';

commit;
