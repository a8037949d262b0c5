begin;
set local role berth_owner;

create function booking.events_due(
  version integer,
  first_version integer,
  created_at timestamptz,
  updated_at timestamptz,
  kept_since timestamptz
) returns integer
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
return case
  when updated_at < kept_since and first_version is null then 0
  when created_at < kept_since and first_version is not null then version - first_version + 1
  else version end;

comment on function booking.events_due(integer, integer, timestamptz, timestamptz, timestamptz) is
  'How many events the log must have of something at this version, of which first_version is the earliest it has: one a version, but for what may have happened before it is kept.';

commit;
