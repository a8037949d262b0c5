begin;
set local role berth_owner;

create function booking.next_free_text(next_free_at timestamptz, timezone text, relative_to timestamptz) returns text
language sql stable
set search_path = pg_catalog, pg_temp
return coalesce('next free at ' || booking.local_time_text(next_free_at, timezone, relative_to), 'nothing as long is free within two weeks');

comment on function booking.next_free_text(timestamptz, text, timestamptz) is
  'For people, what next_free_at() found; the wall clock in the zone, with its date where that is not the day of '
  'relative_to.';

commit;
