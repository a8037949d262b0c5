begin;
set local role berth_owner;

create function booking.lock_reservation(
  request booking.request,
  reservation_id uuid,
  expected_version integer
) returns booking.reservations
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_resource_id uuid;
  v_reservation booking.reservations;
begin
  -- Mostly nobody is at it. Locks that are not waited for need no subtransaction, which would cost as much as the
  -- change.
  select s.id into v_resource_id
    from booking.resources s
   where s.tenant_id = request.tenant_id
     and s.id = (select r.resource_id from booking.reservations r
                  where r.tenant_id = request.tenant_id and r.id = reservation_id)
     for no key update skip locked;
  if found then
    select r.* into v_reservation
      from booking.reservations r
     where r.tenant_id = request.tenant_id and r.id = reservation_id
       for update;
    if v_reservation.resource_id <> v_resource_id then
      -- In this moment somebody has moved it, and to wait for another resource, out of turn, could deadlock.
      perform from booking.resources s
        where s.tenant_id = request.tenant_id and s.id = v_reservation.resource_id
          for no key update skip locked;
      if not found then
        perform booking.raise_error(409, 'version_conflict', 'Somebody has just moved this reservation. Try again.',
          pg_catalog.jsonb_build_object('reservation_id', reservation_id));
      end if;
    end if;
    perform booking.check_found(request, v_reservation, reservation_id, expected_version);
    return v_reservation;
  end if;
  perform booking.lock_reservations(request.tenant_id, array[reservation_id]);
  return booking.find_reservation(request, reservation_id, expected_version);
end
$$;

comment on function booking.lock_reservation(booking.request, uuid, integer) is
  'Locks a reservation, after its resource, and finds it as it is then: the errors are find_reservation()''s.';

commit;
