begin;
set local role berth_owner;

create function api.reschedule_blackout(
  blackout_id uuid,
  starts_at timestamptz,
  ends_at timestamptz,
  on_conflict text default null,
  reason text default null,
  expected_version integer default null
) returns api.blackouts
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'reschedule_blackout',
    row(blackout_id, starts_at, ends_at, on_conflict, reason, expected_version),
    'manager', reason => reason);
  v_blackout booking.blackouts;
  v_result api.blackouts;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  if booking.check_time_range(starts_at, ends_at) and on_conflict not in ('reject', 'cancel', 'keep') then
    perform booking.raise_error(400, 'invalid_argument', 'on_conflict is reject, cancel or keep.', '{"argument": "on_conflict"}');
  end if;
  v_blackout := booking.lock_blackout(v_request, blackout_id, expected_version);
  update booking.blackouts b
     set starts_at = reschedule_blackout.starts_at,
         ends_at = reschedule_blackout.ends_at,
         on_conflict = coalesce(reschedule_blackout.on_conflict, b.on_conflict)
   where b.tenant_id = v_blackout.tenant_id and b.id = v_blackout.id;
  select b.* into v_result from api.blackouts b where b.tenant_id = v_blackout.tenant_id and b.id = v_blackout.id;
  return booking.remember_response(v_request, v_result);
end
$$;

comment on function api.reschedule_blackout(uuid, timestamptz, timestamptz, text, text, integer) is
  'Managers move a blackout in one step; if the new time is refused, the old one is kept. on_conflict, if given, '
  'replaces what create_blackout was told. '
  '400 invalid_time_range, invalid_argument; 403 forbidden; 404 not_found; 409 slot_taken (details.conflicts), '
  'invalid_transition (lifted or ended), version_conflict; 422 too_soon (the tenant keeps no claims of that time any '
  'more).';
grant execute on function api.reschedule_blackout(
  uuid, timestamptz, timestamptz, text, text, integer
) to authenticated, service_role;

commit;
