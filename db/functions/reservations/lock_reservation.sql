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
begin
  perform booking.lock_reservations(request.tenant_id, array[reservation_id]);
  return booking.find_reservation(request, reservation_id, expected_version);
end
$$;

comment on function booking.lock_reservation(booking.request, uuid, integer) is
  'Locks a reservation, after its resource, and finds it as it is then: the errors are find_reservation()''s.';

commit;
