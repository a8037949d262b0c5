begin;
set local role berth_owner;

create function booking.check_search(
  starts_at timestamptz,
  ends_at timestamptz,
  duration interval,
  kind text,
  tags text[],
  resource_ids uuid[],
  units integer,
  max_results integer
) returns boolean
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform booking.check_time_range(starts_at, ends_at, '366 days');
  if units is null or units < 1 then
    perform booking.raise_error(400, 'invalid_argument', 'Ask for at least one unit.',
      '{"argument": "units", "limit": 1}');
  elsif max_results is null or max_results not between 1 and 1000 then
    perform booking.raise_error(400, 'invalid_argument', 'Ask for 1 to 1,000 results.',
      '{"argument": "max_results", "limit": 1000}');
  elsif duration <= '0' or duration > '366 days' or booking.shortest_length(duration) > ends_at - starts_at then
    perform booking.raise_error(400, 'invalid_argument',
      'The length must be more than nothing, and fit into the range.',
      '{"argument": "duration", "limit": "366 days"}');
  end if;
  perform booking.check_text('kind', kind, 50);
  perform booking.check_list('tags', tags, 50, 100);
  perform booking.check_list('resource_ids', resource_ids, 1000);
  return true;
end
$$;

comment on function booking.check_search(timestamptz, timestamptz, interval, text, text[], uuid[], integer, integer) is
  'True, or 400: invalid_time_range, and invalid_argument for a range of more than 366 days, a duration that is not '
  'positive or does not fit into it, units, max_results, '
  'a kind of more than 50 characters, more than 50 tags of 100 characters, or 1,000 resource_ids. So no end of '
  'PostgreSQL''s time is near, and no list is long.';

commit;
