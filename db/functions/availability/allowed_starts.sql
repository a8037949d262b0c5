begin;
set local role berth_owner;

create function booking.allowed_starts(n booking.narrowing, starts tstzrange) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_open tstzmultirange;
begin
  if not (n.resource).is_active or n.units > (n.resource).capacity
     or ((n.member).role = 'member' and (n.rules).max_priority < 0) then
    return '{}';
  end if;
  -- What has begun can be booked until it is over, unless there is a notice.
  n.starts := pg_catalog.tstzmultirange(
    starts
    * pg_catalog.tstzrange(booking.now() - n.duration + interval '1 microsecond', null)
    * pg_catalog.tstzrange(booking.add_elapsed((n.resource).claims_kept_since, (n.rules).buffer_before), null));
  if n.has_hours and not pg_catalog.isempty(n.starts) then
    v_open := booking.open_ranges(n.resource, pg_catalog.tstzrange(pg_catalog.lower(n.starts), pg_catalog.upper(n.starts) + n.duration));
    if v_open <> '{(,)}' then
      n.starts := n.starts * coalesce((
        select pg_catalog.range_agg(pg_catalog.tstzrange(pg_catalog.lower(o), pg_catalog.upper(o) - n.duration, '[]'))
          from pg_catalog.unnest(v_open) o
         where pg_catalog.upper(o) - pg_catalog.lower(o) >= n.duration), '{}');
    end if;
  end if;
  return booking.narrow_starts(n);
end
$$;

comment on function booking.allowed_starts(booking.narrowing, tstzrange) is
  'Those of a range of starts at which the rules, the opening hours and this member''s quotas allow a reservation of '
  'this length: where list_violations() and check_quotas() find nothing. '
  'Grid, claims and blackouts do not count here. All bounds are inclusive; the length is in seconds, as add_elapsed() '
  'counts.';

commit;
