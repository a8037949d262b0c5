begin;
set local role berth_owner;

create function api.check_reservation_conflict(
  resource_id uuid,
  starts_at timestamptz,
  ends_at timestamptz,
  units integer default 1,
  exclude_reservation_id uuid default null
) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_member booking.members := booking.enter_tenant();
  v_resource booking.resources;
  v_busy integer;
begin
  v_resource := booking.open_resource(v_member.tenant_id, resource_id, starts_at, ends_at, units);
  -- A request that waits for approval takes no time yet, unless the resource says so.
  if v_resource.requires_approval and 'pending' <> all (v_resource.blocking_statuses) then
    return '{"available": true, "advisories": []}';
  end if;
  select pg_catalog.count(distinct c.unit) into v_busy
    from booking.find_conflicts(v_resource.tenant_id, v_resource.id, pg_catalog.tstzrange(starts_at, ends_at), exclude_reservation_id) c;
  if v_busy + units > v_resource.capacity then
    perform booking.refuse_slot(v_resource, starts_at, ends_at, exclude_reservation_id);
  end if;
  return '{"available": true, "advisories": []}';
end
$$;

comment on function api.check_reservation_conflict(uuid, timestamptz, timestamptz, integer, uuid) is
  'Asks, without changing anything, whether create_reservation would succeed: {"available": true, "advisories": []}, or the very error it would give (409, 422). '
  'exclude_reservation_id leaves out the reservation that is to move.';
grant execute on function api.check_reservation_conflict(uuid, timestamptz, timestamptz, integer, uuid) to authenticated, service_role;

commit;
