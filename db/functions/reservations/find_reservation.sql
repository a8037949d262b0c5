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
  perform booking.check_found(request, v_reservation, reservation_id, expected_version);
  return v_reservation;
end
$$;

comment on function booking.find_reservation(booking.request, uuid, integer) is
  'The reservation, for whoever is to change it and has locked it. 404 not_found where the caller may not see it, 409 '
  'hold_expired, version_conflict.';

commit;
