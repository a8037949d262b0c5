begin;
set local role berth_owner;

create function api.check_reservation_conflict(
  resource_id uuid,
  starts_at timestamptz,
  ends_at timestamptz,
  units integer default 1,
  exclude_reservation_id uuid default null,
  priority integer default 0
) returns jsonb
language plpgsql volatile security definer -- see check_slot(), which tries and undoes
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.enter_tenant();
  v_resource booking.resources := booking.find_resource(v_member.tenant_id, resource_id);
  v_rules booking.booking_rules := booking.find_rules(v_resource);
  v_moving booking.reservations;
  v_draft booking.reservations;
  v_is_new boolean;
  v_owner_id uuid;
  v_excluded uuid[] := pg_catalog.array_remove(array[exclude_reservation_id], null);
begin
  select r.* into v_moving
    from booking.reservations r
   where r.tenant_id = v_member.tenant_id and r.id = exclude_reservation_id;
  -- To move within a resource is nothing new there.
  v_owner_id := case when v_moving.id is null then v_member.user_id
                     when v_moving.status <> 'tentative' and (v_moving.owner_id = v_member.user_id or v_member.role >= 'approver') then v_moving.owner_id end;
  if v_owner_id is not null and (v_moving.status = 'expired' or v_moving.expires_at <= booking.now()) then
    perform booking.refuse_expired(v_moving);
  end if;
  v_is_new := v_moving.resource_id is distinct from v_resource.id;
  if not v_is_new and v_moving.starts_at = starts_at then
    v_rules.min_notice := null;
    v_rules.max_advance := null;
  end if;
  perform booking.check_rules(v_resource, v_rules, starts_at, ends_at, units, false,
    -- To give back a part takes nothing new.
    case when v_member.role = 'member'
           and (v_is_new or starts_at < v_moving.starts_at or ends_at > v_moving.ends_at or units > v_moving.units) then v_member.user_id end, v_owner_id, v_excluded);
  if v_moving.id is not null and v_owner_id is not null then
    perform booking.check_movable(v_moving);
    if not (v_moving.resource_id = v_resource.id and starts_at <= v_moving.starts_at and ends_at >= v_moving.ends_at and units >= v_moving.units) then
      perform booking.check_cutoff(row(v_member.tenant_id, v_member.user_id, v_member.role, null, null, null, null, null)::booking.request,
                                   v_moving, booking.find_resource(v_member.tenant_id, v_moving.resource_id), false);
    end if;
  end if;
  if v_is_new then
    perform booking.check_priority(v_member.role, v_rules, priority);
  end if;
  v_draft.starts_at := starts_at;
  v_draft.ends_at := ends_at;
  v_draft.units := units;
  v_draft.buffer_before := v_rules.buffer_before;
  v_draft.buffer_after := v_rules.buffer_after;
  -- A request that waits for approval takes no time yet, unless the resource says so.
  if v_resource.requires_approval and 'pending' <> all (v_resource.blocking_statuses) then
    perform booking.refuse_blackout(v_resource, v_draft, v_excluded);
  else
    perform booking.check_slot(v_resource, v_draft, v_excluded, coalesce(priority, 0));
  end if;
  perform booking.check_quotas(v_resource, v_rules, v_owner_id, starts_at, ends_at, v_excluded, in_turn => false);
  return pg_catalog.jsonb_build_object('available', true, 'advisories',
    booking.list_advisories(v_resource, v_rules, starts_at, ends_at, units, v_excluded, coalesce(priority, 0)));
end
$$;

comment on function api.check_reservation_conflict(uuid, timestamptz, timestamptz, integer, uuid, integer) is
  'Asks, without changing anything, whether create_reservation would succeed: {"available": true, "advisories": [{"code", "message", …}]}, or the very error it would give. '
  'Advisories refuse nothing: near_capacity (scope units or day), near_blackout, tight_turnaround, competing_requests, and, where approval is required, time_taken. '
  'exclude_reservation_id leaves out the reservation that is to move; priority is that of the request. Errors are create_reservation''s.';
grant execute on function api.check_reservation_conflict(uuid, timestamptz, timestamptz, integer, uuid, integer) to authenticated, service_role;

commit;
