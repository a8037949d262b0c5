begin;
set local role berth_owner;

create function api.update_reservation(
  reservation_id uuid,
  title text default null,
  notes text default null,
  metadata jsonb default null,
  expected_version integer default null,
  reason text default null
) returns api.reservations
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'update_reservation',
    row(reservation_id, title, notes, metadata, expected_version, reason),
    reason => reason);
  v_reservation booking.reservations;
  v_result api.reservations;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  v_reservation := booking.lock_reservation(v_request, reservation_id, expected_version);
  perform booking.check_authority(v_request, v_reservation, 'member');
  perform booking.check_description(title, notes, metadata);

  update booking.reservations r
     set title = coalesce(update_reservation.title, r.title),
         notes = coalesce(update_reservation.notes, r.notes),
         metadata = coalesce(update_reservation.metadata, r.metadata)
   where r.tenant_id = v_reservation.tenant_id and r.id = v_reservation.id
     -- What changes nothing is no change.
     and (coalesce(update_reservation.title, r.title), coalesce(update_reservation.notes, r.notes), coalesce(update_reservation.metadata, r.metadata))
         is distinct from (r.title, r.notes, r.metadata);
  select r.* into v_result from api.reservations r where r.tenant_id = v_reservation.tenant_id and r.id = v_reservation.id;
  return booking.remember_response(v_request, v_result);
end
$$;

comment on function api.update_reservation(uuid, text, text, jsonb, integer, text) is
  'Changes what a reservation says of itself; what is null stays. Members change their own, managers any. '
  '400 invalid_argument; 409 hold_expired, version_conflict; 403 forbidden; 404 not_found.';
grant execute on function api.update_reservation(uuid, text, text, jsonb, integer, text) to authenticated, service_role;

commit;
