begin;
set local role berth_owner;

create function booking.check_window(starts_at timestamptz, ends_at timestamptz, bucket text, most bigint) returns void
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_hours integer := case bucket when 'hour' then 1 when 'day' then 24 when 'week' then 168 when 'month' then 672 end;
begin
  perform booking.check_time_range(starts_at, ends_at);
  if v_hours is null then
    perform booking.raise_error(400, 'invalid_argument', 'bucket is hour, day, week or month.', '{"argument": "bucket"}');
  elsif pg_catalog.date_part('epoch', ends_at - starts_at) / 3600 / v_hours > most then
    perform booking.raise_error(400, 'invalid_argument',
      'That is more than anybody reads: ask for less time, fewer resources or a longer bucket.', pg_catalog.jsonb_build_object('argument', 'ends_at', 'limit', most));
  end if;
end
$$;

comment on function booking.check_window(timestamptz, timestamptz, text, bigint) is
  'Refuses what cannot be analysed: 400 invalid_time_range; 400 invalid_argument for an unknown bucket, or a range '
  'that has too many of them.';

commit;
