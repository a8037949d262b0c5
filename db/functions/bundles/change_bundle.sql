begin;
set local role berth_owner;

create function booking.change_bundle(action text, bundle_id uuid, reason text, override boolean default false) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    action || '_bundle', row(bundle_id, reason, override), reason => reason, override => override);
  -- What needs no change: it is as far already, or is no longer part of it.
  v_done booking.reservation_status[] := case action
    when 'confirm' then '{pending, confirmed, checked_in, completed, cancelled}'
    when 'cancel' then booking.final_statuses()
    else '{confirmed, checked_in, completed, cancelled}' end;
  v_reservation booking.reservations;
  v_changed boolean := false;
  v_withheld boolean := false;
  v_response jsonb;
begin
  if v_request.replay is not null then
    return v_request.replay;
  end if;
  perform booking.lock_bundle(v_request, bundle_id);
  if action in ('cancel', 'reject') then
    v_withheld := booking.withhold_offers(); -- until all of it is free
  end if;
  for v_reservation in
    select r.*
      from booking.reservations r
     where r.tenant_id = v_request.tenant_id and r.bundle_id = change_bundle.bundle_id and r.status <> all (v_done)
       -- Approved, if it ever had to be, and still to be paid.
       and (action not in ('approve', 'reject') or r.payment_status is distinct from 'unpaid')
       and (action <> 'cancel' or r.expires_at is null or r.expires_at > booking.now())
     order by r.resource_id, r.starts_at, r.id
  loop
    perform booking.make_transition(v_request, action, booking.find_reservation(v_request, v_reservation.id, null), override);
    v_changed := true;
  end loop;
  if not v_changed then
    perform booking.raise_error(409, 'invalid_transition',
      pg_catalog.format('Nothing in this bundle can be changed by %s_bundle.', action), pg_catalog.jsonb_build_object('action', action));
  end if;
  perform booking.offer_withheld(v_withheld);
  v_response := booking.show_bundle(v_request.tenant_id, bundle_id);
  return booking.remember_response(v_request, v_response);
end
$$;

comment on function booking.change_bundle(text, uuid, text, boolean) is
  'Makes the move that the action names for all reservations of a bundle, or for none; those that are as far already, or cancelled, stay as they are. '
  'Errors are those of find_reservation() and make_transition(), of the first that cannot; 404 not_found; 409 invalid_transition where there is none to change.';

commit;
