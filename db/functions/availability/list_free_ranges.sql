begin;
set local role berth_owner;

create function booking.list_free_ranges(
  starts tstzmultirange,
  slot_step interval,
  timezone text,
  duration interval,
  from_time timestamptz
) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_later tstzmultirange := starts * pg_catalog.tstzmultirange(pg_catalog.tstzrange(from_time, null));
begin
  if not exists (select from booking.list_starts(v_later, slot_step, timezone, duration, 1)) then
    v_later := starts; -- nothing but what has begun
  end if;
  return (
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('starts_at', g.first, 'ends_at', g.last + duration) order by s)
      from pg_catalog.unnest(v_later) s
     cross join lateral (
           select pg_catalog.lower(s) as first, pg_catalog.upper(s) as last
            where slot_step is null
            union all
           select f.starts_at,
                  -- Mostly there is room for one alone.
                  case when f.starts_at + least(slot_step, '1 minute') > pg_catalog.upper(s) then f.starts_at
                       else (select l from booking.list_starts(pg_catalog.tstzmultirange(s), slot_step, timezone, duration, 1, backwards => true) l) end
             from booking.list_starts(pg_catalog.tstzmultirange(s), slot_step, timezone, duration, 1) f (starts_at)
            where slot_step is not null) g);
end
$$;

comment on function booking.list_free_ranges(tstzmultirange, interval, text, interval, timestamptz) is
  'The ranges within which a reservation of this length can lie, from first start to last end: [{"starts_at", '
  '"ends_at"}], null if there is none. What begins before from_time only if nothing else is left.';

commit;
