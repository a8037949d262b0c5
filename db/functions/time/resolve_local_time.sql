begin;
set local role berth_owner;

create function booking.resolve_local_time(local_time timestamp, timezone text, dst_gap text default 'skip') returns timestamptz
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_at timestamptz := local_time at time zone timezone;
  -- By the offset of the day before, which a clock that goes back later still shows. Only hours: a day is not 24 of
  -- them.
  v_before timestamp := (v_at - interval '26:00') at time zone timezone + interval '26:00';
  v_first timestamptz;
begin
  if v_at at time zone timezone <> local_time then
    -- One that does not occur PostgreSQL moves by the gap.
    return case when dst_gap = 'shift' then v_at end;
  elsif v_before > local_time then
    -- Of a repeated time PostgreSQL takes the second.
    v_first := (v_at at time zone 'UTC' - (v_before - local_time)) at time zone 'UTC';
    if v_first at time zone timezone = local_time then
      return v_first;
    end if;
  end if;
  return v_at;
end
$$;

comment on function booking.resolve_local_time(timestamp, text, text) is
  'The instant at which wall clocks in the zone show this time, whatever the session''s time zone: the first, if they '
  'do so twice (RFC 5545 3.3.5). '
  'If they never do, null (RFC 5545 3.3.10); with dst_gap => ''shift'', later by the gap.';
grant execute on function booking.resolve_local_time(timestamp, text, text) to authenticated, service_role;

commit;
