begin;
set local role berth_owner;

create function booking.list_closures(
  starts_at timestamptz,
  ends_at timestamptz,
  rrule text,
  timezone text
) returns table (closes_at timestamptz, opens_at timestamptz)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_start timestamp := list_closures.starts_at at time zone timezone;
  v_end timestamp := ends_at at time zone timezone;
  -- Of an hour that comes twice, it is in the same one each time. A local time alone would mean the first.
  v_starts_again boolean := list_closures.starts_at <> booking.resolve_local_time(v_start, timezone, 'shift');
  v_ends_again boolean := ends_at <> booking.resolve_local_time(v_end, timezone, 'shift');
begin
  if rrule is null then
    return query select list_closures.starts_at, list_closures.ends_at;
    return;
  end if;
  return query
  select c.at,
         -- The clock may show the same time at both ends, or jump over them: then it lasts as long as it was said to.
         case when e.at > c.at then e.at
              else booking.add_elapsed(c.at, list_closures.ends_at - list_closures.starts_at) end
    from booking.expand_rrule(rrule, v_start, timezone, dst_gap => 'shift') o -- it takes place
   -- Of two times that look alike, PostgreSQL takes the second.
   cross join lateral (
         select case when v_starts_again then o.local_start at time zone timezone else o.starts_at end) c (at)
   cross join lateral (
         select case when v_ends_again then (o.local_start + (v_end - v_start)) at time zone timezone
                     else booking.resolve_local_time(o.local_start + (v_end - v_start), timezone, 'shift') end) e (at);
end
$$;

comment on function booking.list_closures(timestamptz, timestamptz, text, text) is
  'When a blackout takes place: then, or, with an RRULE, whenever that says, from then on and at the same times by the '
  'wall clock of the zone. Errors are expand_rrule()''s.';

commit;
