begin;
set local role berth_owner;

create function api.update_series(
  series_id uuid,
  scope text default 'all',
  reservation_id uuid default null,
  title text default null,
  notes text default null,
  metadata jsonb default null,
  expected_version integer default null,
  reason text default null
) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'update_series',
    row(series_id, scope, reservation_id, title, notes, metadata, expected_version, reason),
    reason => reason);
  v_series booking.series;
  v_revised booking.series;
  v_occurrences booking.reservations[];
  v_ids uuid[];
  v_id uuid;
  v_response jsonb;
begin
  if v_request.replay is not null then
    return v_request.replay;
  end if;
  v_series := booking.lock_series(v_request, series_id, expected_version);
  v_occurrences := array(select o from booking.find_occurrences(v_series, scope, reservation_id) o);
  v_ids := array(select o.id from pg_catalog.unnest(v_occurrences) o);
  perform booking.check_authority(v_request, v_occurrences[1], 'member');
  perform booking.check_description(title, notes, metadata);
  v_revised := v_series;
  if scope <> 'this' then
    v_revised.title := coalesce(title, v_series.title);
  end if;
  if scope = 'following' then
    v_id := booking.revise_series(v_series, v_revised, '0', v_ids, 
      array(select l.local_start from pg_catalog.unnest(v_occurrences) o join booking.list_occurrences(v_series) l on l.starts_at = o.original_starts_at), true);
  else
    v_id := v_series.id;
    update booking.series s
       set title = v_revised.title
     where s.tenant_id = v_series.tenant_id and s.id = v_series.id;
  end if;
  update booking.reservations r
     set title = coalesce(update_series.title, r.title),
         notes = coalesce(update_series.notes, r.notes),
         metadata = coalesce(update_series.metadata, r.metadata),
         series_id = v_id
   where r.tenant_id = v_series.tenant_id and r.id = any (v_ids)
     -- What changes nothing is no change.
     and (coalesce(update_series.title, r.title), coalesce(update_series.notes, r.notes), coalesce(update_series.metadata, r.metadata), v_id)
         is distinct from (r.title, r.notes, r.metadata, r.series_id);
  v_response := booking.show_series(v_series.tenant_id, v_id, v_ids);
  return booking.remember_response(v_request, v_response);
end
$$;

comment on function api.update_series(uuid, text, uuid, text, text, jsonb, integer, text) is
  'Changes what this occurrence (reservation_id), it and the following, or all of a series say of themselves, as far '
  'as they are still to come; what is null stays. following makes a series of its own. '
  'Answers {"series_id", "reservations"}. 400 invalid_argument; 403 forbidden; 404 not_found; 409 invalid_transition '
  '(nothing is still to come), version_conflict.';
grant execute on function api.update_series(
  uuid, text, uuid, text, text, jsonb, integer, text
) to authenticated, service_role;

commit;
