begin;
set local role berth_owner;

create function api.create_series(
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
  pencil_ttl interval default null,
  dry_run boolean default false
) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'create_series',
    case when dry_run is not true then
      row(resource_id, rrule, local_start, duration, local_end, timezone, exdates, rdates, on_conflict, dst_gap,
          units, title, notes, status, unit, priority, owner_id, id, source_module, source_id, metadata,
          override, reason, pencil_ttl) end,
    reason => reason, override => override);
  v_resource booking.resources;
  v_series booking.series;
  v_draft booking.reservations;
  v_drafts booking.reservations[] := '{}';
  v_created booking.reservations[];
  v_rejected jsonb;
  v_response jsonb;
begin
  if v_request.replay is not null then
    return v_request.replay;
  elsif on_conflict is null or on_conflict not in ('reject', 'skip') then
    perform booking.raise_error(400, 'invalid_argument', 'on_conflict is reject or skip.', '{"argument": "on_conflict"}');
  elsif not (booking.check_list('rdates', rdates, 1000) and booking.check_list('exdates', exdates, 1000)) then
    return null;
  elsif booking.check_description(title, notes, metadata, source_module, source_id) then
    perform booking.lock_resources(v_request.tenant_id, array[resource_id],
      in_full => booking.has_quotas(v_request.tenant_id, array[resource_id]));
  end if;
  v_resource := booking.find_resource(v_request.tenant_id, resource_id);

  if (local_start between '0001-01-01' and '9999-12-31 23:59:59.999999') is not true then
    perform booking.refuse_rrule('DTSTART', local_start::text, 'Give the start of the series as a local time like 2030-01-07T09:00:00.');
  end if;

  v_series.tenant_id := v_request.tenant_id;
  v_series.id := coalesce(id, pg_catalog.gen_random_uuid());
  v_series.resource_id := resource_id;
  v_series.rrule := rrule;
  v_series.local_start := local_start;
  v_series.timezone := coalesce(timezone, v_resource.timezone);
  v_series.duration := duration;
  v_series.local_end := booking.read_local_end(local_start, local_end);
  v_series.rdates := coalesce(rdates, '{}');
  v_series.exdates := coalesce(exdates, '{}');
  v_series.dst_gap := coalesce(dst_gap, 'skip');
  v_series.title := coalesce(title, '');
  v_series.owner_id := coalesce(owner_id, v_request.user_id);
  perform booking.check_length(v_series);

  v_draft.tenant_id := v_series.tenant_id;
  v_draft.resource_id := resource_id;
  v_draft.units := units;
  v_draft.unit := unit;
  v_draft.title := title;
  v_draft.notes := notes;
  v_draft.owner_id := owner_id;
  v_draft.priority := priority;
  v_draft.series_id := v_series.id;
  v_draft.source_module := source_module;
  v_draft.source_id := source_id;
  v_draft.metadata := metadata;
  v_draft.status := booking.read_status(status);
  v_draft.status_reason := reason;
  for v_draft.starts_at, v_draft.ends_at in
    select o.starts_at, o.ends_at
      from booking.list_occurrences(v_series, case when override then 1000 else (booking.find_rules(v_resource)).max_occurrences end) o
  loop
    v_draft.original_starts_at := v_draft.starts_at;
    v_drafts := v_drafts || v_draft;
  end loop;
  if (coalesce(pg_catalog.octet_length(notes), 0) + coalesce(pg_catalog.octet_length(metadata::text), 0)) * pg_catalog.cardinality(v_drafts)::bigint > 2097152 then
    -- Each occurrence has a copy, and so have its events.
    perform booking.raise_error(400, 'invalid_argument',
      'Notes and further details are too long for so many dates. Make them shorter, or book fewer.',
      pg_catalog.jsonb_build_object('argument', case when pg_catalog.octet_length(metadata::text) > pg_catalog.octet_length(notes) then 'metadata' else 'notes' end, 'limit', 2097152));
  elsif v_drafts = '{}' then
    perform booking.refuse_rrule('RRULE', rrule, 'That never takes place; let the rule, or rdates, yield a time that no exdate takes away.');
  end if;

  begin
    insert into booking.series (tenant_id, id, resource_id, rrule, local_start, timezone, duration, local_end, rdates, exdates, dst_gap, title, owner_id)
    values (v_series.tenant_id, v_series.id, v_series.resource_id, v_series.rrule, v_series.local_start, v_series.timezone, v_series.duration,
            v_series.local_end, v_series.rdates, v_series.exdates, v_series.dst_gap, v_series.title, v_series.owner_id)
    on conflict on constraint series_pkey do nothing;
    if not found then
      perform booking.raise_error(409, 'duplicate_id', 'A series with this id exists already.', pg_catalog.jsonb_build_object('id', id));
    end if;
    select m.created, m.rejected into v_created, v_rejected
      from booking.make_occurrences(v_request, v_drafts, override, pencil_ttl) m;
    if on_conflict = 'reject' or dry_run then
      v_rejected := booking.forget_created(v_rejected, v_created);
    end if;
    if on_conflict = 'reject' and v_rejected <> '[]' then
      perform booking.refuse_occurrences(v_rejected, pg_catalog.cardinality(v_drafts), v_series.timezone);
    elsif dry_run or v_created = '{}' then
      v_series.id := null;
      raise exception using errcode = 'BE002'; -- leave nothing behind
    end if;
  exception
    when sqlstate 'BE002' then null;
  end;
  v_response := pg_catalog.jsonb_build_object(
    'series_id', v_series.id,
    'created', (
      select coalesce(pg_catalog.jsonb_agg(
               pg_catalog.to_jsonb(c) || case when v_series.id is null then '{"id": null, "series_id": null}' else '{}' end::jsonb order by c.starts_at), '[]')
        from pg_catalog.unnest(v_created) c),
    'rejected', v_rejected);
  return booking.remember_response(v_request, v_response);
end
$$;

comment on function api.create_series(
  uuid, text, timestamp, interval, text, text, timestamp[], timestamp[], text, text, integer, text, text, text, integer,
  integer, uuid, uuid, text, text, jsonb, boolean, text, interval, boolean
) is
  'Books what recurs: {"series_id", "created": [the reservations], "rejected": [{starts_at, ends_at, code (the slug), '
  'status, details, hint}]}. '
  'rrule is an RRULE of RFC 5545 that ends (COUNT, or UNTIL in UTC), counted from local_start by the wall clock of '
  'timezone (the resource''s); rdates and exdates are local times beside it and without it (an offset in any of these '
  'is ignored); rrule may be null where rdates say all. '
  'duration is elapsed time, or local_end (06:00, or with a date) wall clock. dst_gap is skip, or shift for starts '
  'that the clock jumps over. '
  'on_conflict reject books all or, naming every one that cannot be had in details.rejected, none; skip books the '
  'rest, and where there is none makes no series (series_id null). '
  'dry_run answers the same and books nothing, ids being null. The other arguments are create_reservation''s, for each '
  'occurrence. '
  '400 invalid_recurrence (details.part), unknown_timezone, invalid_time_range, invalid_argument; 403 forbidden; 404 '
  'not_found; 409 slot_taken, blackout, duplicate_id; 422 too_many_occurrences and the rules.';
grant execute on function api.create_series(
  uuid, text, timestamp, interval, text, text, timestamp[], timestamp[], text, text, integer, text, text, text, integer,
  integer, uuid, uuid, text, text, jsonb, boolean, text, interval, boolean
) to authenticated, service_role;

commit;
