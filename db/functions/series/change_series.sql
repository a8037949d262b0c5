begin;
set local role berth_owner;

create function booking.change_series(
  action text,
  series_id uuid,
  scope text,
  reservation_id uuid,
  reason text,
  expected_version integer,
  override boolean default false
) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    action || '_series',
    row(series_id, scope, reservation_id, reason, expected_version, override),
    reason => reason, override => override);
  v_series booking.series;
  v_first timestamptz;
  v_remaining timestamp[];
  v_changed uuid[] := '{}';
  v_occurrence booking.reservations;
  v_refusal jsonb;
  v_rejected jsonb := '[]';
  v_id uuid;
  v_withheld boolean := false;
  v_response jsonb;
begin
  if v_request.replay is not null then
    return v_request.replay;
  end if;
  v_series := booking.lock_series(v_request, series_id, expected_version);
  if action in ('cancel', 'reject') then
    v_withheld := booking.withhold_offers(); -- until all of it is free
  end if;
  foreach v_occurrence in array array(select o from booking.find_occurrences(v_series, scope, reservation_id) o) loop
    -- Of several, those that cannot, or are as far already, stay as they are.
    v_refusal := case when scope <> 'this' then booking.describe_unchangeable(action, v_occurrence) end;
    if v_refusal is null then
      v_changed := v_changed || v_occurrence.id;
    elsif not booking.is_as_far(action, v_occurrence.status) then
      v_rejected := v_rejected || v_refusal;
    end if;
  end loop;
  if v_changed = '{}' then
    perform booking.raise_error(409, 'invalid_transition',
      pg_catalog.format('Nothing in this series can be changed by %s_series.', action),
      booking.add_rejected(pg_catalog.jsonb_build_object('action', action), v_rejected));
  end if;

  -- First the series, then what becomes of its occurrences.
  if action = 'cancel' and scope <> 'this' then
    v_remaining := booking.list_remaining(v_series, v_changed);
    if (scope = 'all' and v_rejected = '[]') or v_remaining = '{}' then
      v_series.cancelled_at := booking.now();
    else
      select pg_catalog.min(r.original_starts_at) into v_first
        from booking.reservations r
       where r.tenant_id = v_series.tenant_id and r.id = any (v_changed);
      v_series := booking.fit_series(booking.cut_rule(v_series, v_first, 'before'), v_remaining);
    end if;
  end if;
  update booking.series s
     set rrule = v_series.rrule, rdates = v_series.rdates, exdates = v_series.exdates, cancelled_at = v_series.cancelled_at
   where s.tenant_id = v_series.tenant_id and s.id = v_series.id;
  foreach v_id in array v_changed loop
    perform booking.make_transition(v_request, action, booking.find_reservation(v_request, v_id, null), override);
  end loop;
  perform booking.offer_withheld(v_withheld);
  v_response := booking.add_rejected(booking.show_series(v_series.tenant_id, v_series.id, v_changed), v_rejected);
  return booking.remember_response(v_request, v_response);
end
$$;

comment on function booking.change_series(text, uuid, text, uuid, text, integer, boolean) is
  'Makes the move that the action names for this occurrence, or for it and the following, or for all, as far as they '
  'are still to come and can make it; all of these, or none. '
  'Those still to come that cannot are named in rejected: see describe_unchangeable(). Cancelled from somewhere on, '
  'the rule ends there. '
  'Errors are those of find_reservation() and make_transition(), of the first that cannot; 400 invalid_argument; 404 '
  'not_found; 409 invalid_transition where there is nothing to change.';

commit;
