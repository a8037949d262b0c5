begin;
set local role berth_owner;

create function booking.list_free_ranges(starts tstzmultirange, grid tstzmultirange, duration interval, from_time timestamptz) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_later tstzmultirange := starts * pg_catalog.tstzmultirange(pg_catalog.tstzrange(from_time, null));
begin
  if pg_catalog.isempty(v_later * coalesce(grid, v_later)) then
    v_later := starts; -- nothing but what has begun
  end if;
  if grid is null then
    return (
      select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('starts_at', pg_catalog.lower(s), 'ends_at', pg_catalog.upper(s) + duration) order by s)
        from pg_catalog.unnest(v_later) s);
  end if;
  return (
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('starts_at', pg_catalog.lower(g.starts), 'ends_at', pg_catalog.upper(g.starts) + duration) order by s)
      from pg_catalog.unnest(v_later) s
     cross join lateral (select grid * pg_catalog.tstzmultirange(s)) g (starts)
     where not pg_catalog.isempty(g.starts));
end
$$;

comment on function booking.list_free_ranges(tstzmultirange, tstzmultirange, interval, timestamptz) is
  'The ranges within which a reservation of this length can lie, from first start to last end: [{"starts_at", "ends_at"}], null if there is none. What begins before from_time only if nothing else is left.';

commit;
