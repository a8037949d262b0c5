begin;
set local role berth_owner;

create function booking.lock_reservation(
  request booking.request,
  reservation_id uuid,
  expected_version integer,
  other_resource_id uuid default null
) returns booking.reservations
language plpgsql volatile
set search_path = ''
as $$
declare
  v_resource_id uuid;
  v_reservation booking.reservations;
begin
  loop
    select r.resource_id into v_resource_id
      from booking.reservations r
     where r.tenant_id = request.tenant_id and r.id = reservation_id;
    -- Always resources first, in the order of their ids, then the reservation.
    perform from booking.resources s
      where s.tenant_id = request.tenant_id and s.id in (v_resource_id, other_resource_id)
      order by s.id
        for no key update;
    select r.* into v_reservation
      from booking.reservations r
     where r.tenant_id = request.tenant_id and r.id = reservation_id
       for update;
    -- Somebody moved it to another resource while we waited: again.
    exit when v_reservation.resource_id is not distinct from v_resource_id;
  end loop;
  if v_reservation.id is null
     or (request.role < 'approver' and v_reservation.owner_id is distinct from request.user_id) then
    perform booking.raise_error(404, 'not_found', 'There is no such reservation among those you may see.',
      pg_catalog.jsonb_build_object('reservation_id', reservation_id));
  end if;
  if expected_version <> v_reservation.version then
    perform booking.raise_error(409, 'version_conflict',
      'It has changed since you read it; read it again, then repeat what still makes sense.',
      pg_catalog.jsonb_build_object('version', v_reservation.version, 'expected_version', expected_version));
  end if;
  return v_reservation;
end
$$;

comment on function booking.lock_reservation(booking.request, uuid, integer, uuid) is
  'Locks a reservation, after its resource and the other one it is to move to. 404 not_found where the caller may not see it, 409 version_conflict.';

commit;
