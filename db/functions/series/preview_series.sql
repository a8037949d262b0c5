begin;
set local role berth_owner;

create function api.preview_series(
  resource_id uuid,
  rrule text,
  local_start timestamp,
  duration interval default null,
  local_end text default null,
  timezone text default null,
  exdates timestamp[] default '{}',
  rdates timestamp[] default '{}',
  on_conflict text default 'reject',
  dst_gap text default 'skip',
  units integer default 1,
  title text default '',
  notes text default null,
  status text default 'confirmed',
  unit integer default null,
  priority integer default 0,
  owner_id uuid default null,
  id uuid default null,
  source_module text default null,
  source_id text default null,
  metadata jsonb default '{}',
  override boolean default false,
  reason text default null,
  pencil_ttl interval default null
) returns jsonb
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select api.create_series(resource_id, rrule, local_start, duration, local_end, timezone, exdates, rdates, on_conflict, dst_gap, units, title, notes,
                           status, unit, priority, owner_id, id, source_module, source_id, metadata, override, reason, pencil_ttl, dry_run => true)
$$;

comment on function api.preview_series(
  uuid, text, timestamp, interval, text, text, timestamp[], timestamp[], text, text, integer, text, text, text, integer,
  integer, uuid, uuid, text, text, jsonb, boolean, text, interval
) is
  'What create_series would do with the same arguments, without doing it: its answer, with ids null, or its error. '
  'on_conflict => ''skip'' lists what can be had and what cannot. Errors are create_series''s.';
grant execute on function api.preview_series(
  uuid, text, timestamp, interval, text, text, timestamp[], timestamp[], text, text, integer, text, text, text, integer,
  integer, uuid, uuid, text, text, jsonb, boolean, text, interval
) to authenticated, service_role;

commit;
