begin;
set local role berth_owner;

create function booking.check_opening_hours(a booking.assessment) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_zone text := (a.resource).timezone;
  v_starts_at timestamptz := (a.wanted).starts_at;
  v_ends_at timestamptz := (a.wanted).ends_at;
  v_open tstzmultirange;
begin
  if booking.is_open(a.resource, v_starts_at, v_ends_at) then
    return '[]';
  end if;
  -- The days that it touches.
  v_open := booking.open_ranges(a.resource, pg_catalog.tstzrange(v_starts_at, v_ends_at))
    * pg_catalog.tstzmultirange(pg_catalog.tstzrange(
        booking.local_midnight((v_starts_at at time zone v_zone)::date, v_zone),
        booking.local_midnight((v_ends_at at time zone v_zone)::date + 1, v_zone)));
  return pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('code', 'outside_opening_hours',
    'open', (select coalesce(pg_catalog.jsonb_agg(
                      pg_catalog.jsonb_build_object('starts_at', pg_catalog.lower(o), 'ends_at', pg_catalog.upper(o)) order by o), '[]')
               from pg_catalog.unnest(v_open) o),
    'hint', pg_catalog.format('%s is %s.', (a.resource).name, coalesce(
      (select 'open ' || pg_catalog.string_agg(pg_catalog.format('%s–%s',
                booking.local_time_text(pg_catalog.lower(o), v_zone, v_starts_at),
                booking.local_time_text(pg_catalog.upper(o), v_zone, v_starts_at)), ' and ' order by o)
         from pg_catalog.unnest(v_open) o), 'closed on that day'))));
end
$$;

comment on function booking.check_opening_hours(booking.assessment) is
  'What the opening hours have against it: [{"code": "outside_opening_hours", "open": the hours of the days it '
  'touches, …}].';

commit;
