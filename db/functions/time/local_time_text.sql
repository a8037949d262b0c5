begin;
set local role berth_owner;

create function booking.local_time_text(at timestamptz, timezone text, relative_to timestamptz) returns text
language sql stable
set search_path = pg_catalog, pg_temp
return pg_catalog.to_char(
  at at time zone timezone,
  case when (at at time zone timezone)::date = (relative_to at time zone timezone)::date
       then 'HH24:MI' else 'YYYY-MM-DD HH24:MI' end);

comment on function booking.local_time_text(timestamptz, text, timestamptz) is
  'A time for people: wall clock in the zone, with its date where that is not the day of relative_to.';

commit;
