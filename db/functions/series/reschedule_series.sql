begin;
set local role berth_owner;

create function api.reschedule_series(
  series_id uuid,
  scope text default 'all',
  reservation_id uuid default null,
  shift interval default null,
  local_start timestamp default null,
  duration interval default null,
  local_end text default null,
  resource_id uuid default null,
  include_moved boolean default false,
  expected_version integer default null,
  override boolean default false,
  reason text default null
) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'reschedule_series',
    row(series_id, scope, reservation_id, shift, local_start, duration, local_end, resource_id, include_moved,
        expected_version, override, reason),
    reason => reason, override => override);
  v_series booking.series;
  v_revised booking.series;
  v_anchor timestamp;
  v_local timestamp;
  v_shift interval;
  v_occurrences booking.reservations[];
  v_occurrence record;
  v_move booking.reservations;
  v_moves booking.reservations[] := '{}';
  v_kept uuid[] := '{}';
  v_locals timestamp[] := '{}';
  v_id uuid;
  v_response jsonb;
begin
  if v_request.replay is not null then
    return v_request.replay;
  elsif shift = '0' or (shift is not null and local_start is not null) or coalesce(shift::text, local_start::text, duration::text, local_end, resource_id::text) is null then
    perform booking.raise_error(400, 'invalid_argument',
      'Give shift or local_start for another time, duration or local_end for another length, resource_id for another resource.', '{"argument": "shift"}');
  end if;
  if resource_id is not null then
    perform booking.find_resource(v_request.tenant_id, resource_id);
  end if;
  v_series := booking.lock_series(v_request, series_id, expected_version, pg_catalog.array_remove(array[resource_id], null));
  v_occurrences := array(select o from booking.find_occurrences(v_series, scope, reservation_id) o);
  select case when scope = 'this' then r.starts_at at time zone v_series.timezone else coalesce(o.local_start, r.original_starts_at at time zone v_series.timezone) end
    into v_anchor
    from booking.reservations r
    left join booking.list_occurrences(v_series) o on o.starts_at = r.original_starts_at
   where r.tenant_id = v_series.tenant_id and r.series_id = v_series.id and r.id = reservation_id;
  v_anchor := coalesce(v_anchor, v_series.local_start);
  -- Nothing can be subtracted from an infinite time before PostgreSQL 17.
  v_shift := coalesce(shift, case when not pg_catalog.isfinite(local_start) then '1000 years' else local_start - v_anchor end, '0');
  if v_shift not between '-10 years' and '10 years' then
    perform booking.raise_error(400, 'invalid_argument', 'A series moves by ten years at most.', '{"argument": "shift"}');
  end if;
  v_revised := v_series;
  v_revised.resource_id := coalesce(resource_id, v_series.resource_id);
  if duration is not null or local_end is not null then
    v_revised.duration := duration;
    v_revised.local_end := v_series.local_start + (booking.read_local_end(v_anchor + v_shift, local_end) - (v_anchor + v_shift));
    perform booking.check_length(v_revised);
  end if;

  for v_occurrence in
    select r.*, o.local_start,
           (r.resource_id, r.starts_at, r.ends_at) is distinct from (v_series.resource_id, o.starts_at, o.ends_at) as is_moved
      from pg_catalog.unnest(v_occurrences) r
      join booking.list_occurrences(v_series) o on o.starts_at = r.original_starts_at
     order by r.original_starts_at, r.id
  loop
    if v_occurrence.is_moved and scope <> 'this' and include_moved is not true then
      v_kept := v_kept || v_occurrence.id;
      v_locals := v_locals || v_occurrence.local_start;
      continue;
    end if;
    v_move.id := v_occurrence.id;
    v_move.resource_id := coalesce(resource_id, v_occurrence.resource_id);
    v_move.original_starts_at := v_occurrence.original_starts_at;
    if v_occurrence.is_moved then
      -- As the clock on the wall shows it; where only its length changes, even the second time of two that look alike.
      v_local := (v_occurrence.starts_at at time zone v_series.timezone) + v_shift;
      v_move.starts_at := case when v_shift = '0' then v_occurrence.starts_at
                               else booking.resolve_local_time(v_local, v_series.timezone, 'shift') end;
    else
      v_local := v_occurrence.local_start + v_shift;
      v_move.starts_at := booking.resolve_local_time(v_local, v_series.timezone, 'shift');
    end if;
    v_move.ends_at := case
      when v_occurrence.is_moved and duration is null and local_end is null
      then booking.add_elapsed(v_move.starts_at, v_occurrence.ends_at - v_occurrence.starts_at)
      else booking.occurrence_end(v_revised, v_local, v_move.starts_at) end;
    if scope <> 'this' then
      v_local := v_occurrence.local_start + v_shift;
      v_move.original_starts_at := booking.resolve_local_time(v_local, v_series.timezone, 'shift');
      v_locals := v_locals || v_local;
    end if;
    v_moves := v_moves || v_move;
  end loop;
  if v_moves = '{}' then
    perform booking.raise_error(409, 'invalid_transition', 'All of it was moved on its own; include_moved moves that too.', '{"action": "reschedule"}');
  end if;

  if scope = 'this' then
    v_id := v_series.id;
    update booking.series s set updated_at = booking.now() where s.tenant_id = v_series.tenant_id and s.id = v_series.id;
  else
    v_id := booking.revise_series(v_series, v_revised, v_shift, v_kept || array(select m.id from pg_catalog.unnest(v_moves) m), v_locals, scope = 'following');
    for i in 1 .. pg_catalog.cardinality(v_moves) loop
      v_moves[i].series_id := v_id;
    end loop;
    update booking.reservations r
       set series_id = v_id
     where r.tenant_id = v_series.tenant_id and r.id = any (v_kept) and r.series_id <> v_id;
  end if;
  perform booking.move_occurrences(v_request, v_moves, override, v_series.timezone);
  v_response := booking.show_series(v_series.tenant_id, v_id, array(select m.id from pg_catalog.unnest(v_moves) m));
  return booking.remember_response(v_request, v_response);
end
$$;

comment on function api.reschedule_series(
  uuid, text, uuid, interval, timestamp, interval, text, uuid, boolean, integer, boolean, text
) is
  'Moves this occurrence (reservation_id), it and the following, or all of a series, as far as they are still to come; '
  'all of these, or none, judged on how they then stand. '
  'shift is by the wall clock of the series (1 hour later is 10:00 instead of 09:00, on every day); local_start says '
  'the new start of the occurrence reservation_id, or without one of the series. '
  'duration or local_end give another length, resource_id another resource. What was moved on its own stays, unless '
  'include_moved. '
  'following makes a series of its own. Answers {"series_id", "reservations": [those moved]}. Errors are '
  'reschedule_reservation''s, naming all that cannot be had in details.rejected; 400 invalid_argument.';
grant execute on function api.reschedule_series(
  uuid, text, uuid, interval, timestamp, interval, text, uuid, boolean, integer, boolean, text
) to authenticated, service_role;

commit;
