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
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_member booking.members := booking.enter_tenant();
  v_resource booking.resources;
  v_excluded uuid[] := pg_catalog.array_remove(array[exclude_reservation_id], null);
begin
  v_resource := booking.open_resource(v_member.tenant_id, resource_id, starts_at, ends_at, units);
  -- To move within a resource is nothing new there.
  if not exists (select from booking.reservations r
                  where r.tenant_id = v_member.tenant_id and r.id = exclude_reservation_id and r.resource_id = v_resource.id) then
    perform booking.check_standing(v_member.tenant_id, v_member.user_id, v_member.role, v_resource, priority);
  end if;
  -- A request that waits for approval takes no time yet, unless the resource says so.
  if v_resource.requires_approval and 'pending' <> all (v_resource.blocking_statuses) then
    perform booking.refuse_blackout(v_resource, pg_catalog.tstzrange(starts_at, ends_at));
  else
    perform booking.check_slot(v_resource, starts_at, ends_at, units, null, v_excluded, coalesce(priority, 0));
  end if;
  return '{"available": true, "advisories": []}';
end
$$;

comment on function api.check_reservation_conflict(uuid, timestamptz, timestamptz, integer, uuid, integer) is
  'Asks, without changing anything, whether create_reservation would succeed: {"available": true, "advisories": []}, or the very error it would give (409, 422). '
  'exclude_reservation_id leaves out the reservation that is to move; priority is that of the request.';
grant execute on function api.check_reservation_conflict(uuid, timestamptz, timestamptz, integer, uuid, integer) to authenticated, service_role;

commit;
