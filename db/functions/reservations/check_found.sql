begin;
set local role berth_owner;

create function booking.check_found(
  request booking.request,
  reservation booking.reservations,
  reservation_id uuid,
  expected_version integer
) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if reservation.id is null
     or (request.role < 'approver' and reservation.owner_id is distinct from request.user_id) then
    perform booking.raise_error(404, 'not_found', 'There is no such reservation among those you may see.',
      pg_catalog.jsonb_build_object('reservation_id', reservation_id));
  end if;
  -- Before the version: the sweep raises that, and the answer is the same whether it has come by or not.
  if reservation.status = 'expired' or reservation.expires_at <= booking.now() then
    perform booking.refuse_expired(reservation);
  end if;
  perform booking.check_version(reservation.version, expected_version);
end
$$;

comment on function booking.check_found(booking.request, booking.reservations, uuid, integer) is
  'Refuses to change the reservation that was found under an id, all null if there is none: 404 not_found where the '
  'caller may not see it, 409 hold_expired, version_conflict.';

commit;
