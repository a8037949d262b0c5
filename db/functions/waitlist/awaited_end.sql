begin;
set local role berth_owner;

create function booking.awaited_end(entry booking.waitlist_entries, starts_at timestamptz, timezone text) returns timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case when entry.duration is null then entry.ends_at else booking.span_end(starts_at, entry.duration, timezone) end;
end
$$;

comment on function booking.awaited_end(booking.waitlist_entries, timestamptz, text) is
  'When what somebody waits for ends if it begins then: all of the range, or so much later, days by the calendar of '
  'the zone.';

commit;
