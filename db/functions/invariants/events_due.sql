begin;
set local role berth_owner;

create function booking.events_due(
  version integer,
  first_version integer,
  created_at timestamptz,
  updated_at timestamptz,
  kept_since timestamptz
) returns integer
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  if kept_since is null or created_at >= kept_since then
    return version;
  elsif first_version is not null then
    return version - first_version + 1;
  end if;
  return case when updated_at < kept_since then 0 else version end;
end
$$;

comment on function booking.events_due(integer, integer, timestamptz, timestamptz, timestamptz) is
  'How many events the log must have of something at this version, of which first_version is the earliest it has: one '
  'a version, but for what may have happened before it is kept.';

commit;
