begin;
set local role berth_owner;

create function booking.change_bundle(action text, bundle_id uuid, reason text, override boolean default false) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    action || '_bundle', row(bundle_id, reason, override), reason => reason, override => override);
  v_reservation booking.reservations;
  v_refusal jsonb;
  v_rejected jsonb := '[]';
  v_ids uuid[] := '{}';
  v_id uuid;
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
     where r.tenant_id = v_request.tenant_id and r.bundle_id = change_bundle.bundle_id
       and not booking.is_as_far(action, r.status)
       -- Approved, if it ever had to be, and still to be paid.
       and (action not in ('approve', 'reject') or r.payment_status is distinct from 'unpaid')
     order by r.resource_id, r.starts_at, r.id
  loop
    v_refusal := booking.describe_unchangeable(action, v_reservation);
    -- Confirmed, it stands as one: where a hold has run out meanwhile, nobody has decided to go without it.
    if v_refusal is null or (action = 'confirm' and v_refusal ->> 'code' = 'hold_expired') then
      v_ids := v_ids || v_reservation.id;
    else
      v_rejected := v_rejected || v_refusal;
    end if;
  end loop;
  if v_ids = '{}' then
    perform booking.raise_error(409, 'invalid_transition',
      pg_catalog.format('Nothing in this bundle can be changed by %s_bundle.', action),
      booking.add_rejected(pg_catalog.jsonb_build_object('action', action), v_rejected));
  end if;
  foreach v_id in array v_ids loop
    perform booking.make_transition(v_request, action, booking.find_reservation(v_request, v_id, null), override);
  end loop;
  perform booking.offer_withheld(v_withheld);
  v_response := booking.add_rejected(booking.show_bundle(v_request.tenant_id, bundle_id), v_rejected);
  return booking.remember_response(v_request, v_response);
end
$$;

comment on function booking.change_bundle(text, uuid, text, boolean) is
  'Makes the move that the action names for all reservations of a bundle that can still make it, or for none; those '
  'that are as far already, or cancelled, stay as they are, '
  'and those that cannot, since they are over or by their status, are named in rejected: see describe_unchangeable(). '
  'One with a hold that has expired is not confirmed. '
  'Errors are those of find_reservation() and make_transition(), of the first that the rules refuse; 404 not_found; '
  '409 invalid_transition where there is none to change.';

commit;
