begin;
set local role berth_owner;

create function api.lift_blackout(
  blackout_id uuid,
  reason text default null,
  expected_version integer default null
) returns api.blackouts
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  v_request booking.request := booking.begin_request(
    'lift_blackout', pg_catalog.jsonb_build_array(blackout_id, reason, expected_version), 'manager', reason => reason);
  v_blackout booking.blackouts;
  v_result api.blackouts;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  v_blackout := booking.lock_blackout(v_request, blackout_id, expected_version);
  update booking.blackouts b
     set lifted_at = booking.now()
   where b.tenant_id = v_blackout.tenant_id and b.id = v_blackout.id;
  select b.* into v_result from api.blackouts b where b.tenant_id = v_blackout.tenant_id and b.id = v_blackout.id;
  if v_request.key is not null then
    perform booking.remember_response(v_request, pg_catalog.to_jsonb(v_result));
  end if;
  return v_result;
end
$$;

comment on function api.lift_blackout(uuid, text, integer) is
  'Managers end a blackout, before its time perhaps: what it had is free the moment this commits. '
  '403 forbidden; 404 not_found; 409 invalid_transition (lifted or ended already), version_conflict.';
grant execute on function api.lift_blackout(uuid, text, integer) to authenticated, service_role;

commit;
