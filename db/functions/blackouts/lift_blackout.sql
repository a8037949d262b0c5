begin;
set local role berth_owner;

create function api.lift_blackout(
  blackout_id uuid,
  reason text default null,
  expected_version integer default null,
  scope text default 'this'
) returns api.blackouts
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'lift_blackout', row(blackout_id, reason, expected_version, scope), 'manager', reason => reason);
  v_blackout booking.blackouts;
  v_result api.blackouts;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  if scope is null or scope not in ('this', 'following', 'all') then
    perform booking.raise_error(400, 'invalid_argument', 'scope is this, following or all.', '{"argument": "scope"}');
  elsif scope <> 'this' then
    perform booking.lock_resources(v_request.tenant_id, array(
      select distinct o.resource_id
        from booking.blackouts b
        join booking.blackouts o on o.tenant_id = b.tenant_id and o.recurrence_id = b.recurrence_id
       where b.tenant_id = v_request.tenant_id and b.id = blackout_id), in_full => true);
  end if;
  v_blackout := booking.lock_blackout(v_request, blackout_id, expected_version);
  update booking.blackouts b
     set lifted_at = booking.now()
   where b.tenant_id = v_blackout.tenant_id
     and (b.id = v_blackout.id
          or (b.recurrence_id = v_blackout.recurrence_id and b.lifted_at is null and b.ends_at > booking.now()
              and (scope = 'all' or (scope = 'following' and b.starts_at >= v_blackout.starts_at))));
  select b.* into v_result from api.blackouts b where b.tenant_id = v_blackout.tenant_id and b.id = v_blackout.id;
  return booking.remember_response(v_request, v_result);
end
$$;

comment on function api.lift_blackout(uuid, text, integer, text) is
  'Managers end a blackout, before its time perhaps: what it had is free the moment this commits. '
  'scope following lifts with it those that the same rule made for later, on any resource; all, the earlier ones too, '
  'as far as they are not over. Answers the one that was named. '
  '400 invalid_argument; 403 forbidden; 404 not_found; 409 invalid_transition (lifted or ended already), '
  'version_conflict.';
grant execute on function api.lift_blackout(uuid, text, integer, text) to authenticated, service_role;

commit;
