begin;
set local role berth_owner;

create function booking.find_reservation(
  request booking.request,
  reservation_id uuid,
  expected_version integer
) returns booking.reservations
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_reservation booking.reservations;
begin
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
  end if;
  perform booking.check_version(v_reservation.version, expected_version);
  return v_reservation;
end
$$;

comment on function booking.find_reservation(booking.request, uuid, integer) is
  'The reservation, for whoever is to change it and has locked it. 404 not_found where the caller may not see it, 409 hold_expired, version_conflict.';

commit;
