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
  v_reservation booking.reservations;
begin
  perform booking.lock_reservations(request.tenant_id, array[reservation_id], pg_catalog.array_remove(array[other_resource_id], null));
  select r.* into v_reservation
    from booking.reservations r
   where r.tenant_id = request.tenant_id and r.id = reservation_id;
  if v_reservation.id is null
     or (request.role < 'approver' and v_reservation.owner_id is distinct from request.user_id) then
    perform booking.raise_error(404, 'not_found', 'There is no such reservation among those you may see.',
      pg_catalog.jsonb_build_object('reservation_id', reservation_id));
  end if;
  -- Before the version: the sweep raises that, and the answer is the same whether it has come by or not.
  if v_reservation.status = 'expired' or v_reservation.expires_at <= booking.now() then
    perform booking.refuse_expired(v_reservation);
  elsif expected_version <> v_reservation.version then
    perform booking.raise_error(409, 'version_conflict',
      'It has changed since you read it; read it again, then repeat what still makes sense.',
      pg_catalog.jsonb_build_object('version', v_reservation.version, 'expected_version', expected_version));
  end if;
  return v_reservation;
end
$$;

comment on function booking.lock_reservation(booking.request, uuid, integer, uuid) is
  'Locks a reservation, after its resource and the other one it is to move to. 404 not_found where the caller may not see it, 409 hold_expired, version_conflict.';

commit;
