begin;
set local role berth_owner;

create function booking.check_time_range(starts_at timestamptz, ends_at timestamptz, most interval default null) returns boolean
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if booking.is_time_range(starts_at, ends_at) then
    if most is null or ends_at <= starts_at + booking.elapsed(most) then
      return true;
    end if;
    perform booking.raise_error(400, 'invalid_argument', pg_catalog.format('Ask for at most %s at once.', most),
      pg_catalog.jsonb_build_object('argument', 'ends_at', 'limit', most));
  end if;
  perform booking.raise_error(400, 'invalid_time_range',
    'Give starts_at and ends_at as RFC 3339 times with an offset, starts_at before ends_at.',
    pg_catalog.jsonb_build_object('starts_at', starts_at, 'ends_at', ends_at));
end
$$;

comment on function booking.check_time_range(timestamptz, timestamptz, interval) is
  'True, or 400 invalid_time_range: null, empty, reversed, or outside RFC 3339''s years 1 to 9999; 400 '
  'invalid_argument: longer than most.';

commit;
