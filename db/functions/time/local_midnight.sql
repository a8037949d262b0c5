begin;
set local role berth_owner;

create function booking.local_midnight(day date, timezone text) returns timestamptz
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return booking.resolve_local_time(day::timestamp, timezone, 'shift');
end
$$;

comment on function booking.local_midnight(date, text) is
  'When a day of this zone begins. Where clocks go back at or just after midnight, it is midnight twice: the day '
  'begins at the '
  'first. Where they go forward then, it is never midnight: the day begins when they do.';

commit;
