begin;
set local role berth_owner;

create function booking.make_transition(
  request booking.request,
  action text,
  reservation booking.reservations,
  override boolean default false,
  pencil_ttl interval default null
) returns booking.reservations
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  a booking.assessment := booking.begin_assessment(request, reservation.resource_id);
  v_result booking.reservations;
begin
  a.current := reservation;
  a.exclude_ids := array[reservation.id];
  a := booking.assess(a, action, override, pencil_ttl);
  if (a.wanted).status = any ((a.resource).blocking_statuses)
     and reservation.status <> all ((a.resource).blocking_statuses) then
    -- What has expired is logged before it, as where one is made.
    perform booking.expire_holds(a.resource);
  end if;
  update booking.reservations r
     set status = (a.wanted).status,
         payment_status = (a.wanted).payment_status,
         expires_at = (a.wanted).expires_at,
         is_late = (a.wanted).is_late
   where r.tenant_id = reservation.tenant_id and r.id = reservation.id
  returning r.* into v_result;
  if a.has_quotas and override is not true
     -- The others have counted before: see counted_reservations.
     and (reservation.status = 'tentative'
          or (reservation.status = 'held' and reservation.waitlist_entry_id is not null)) then
    a.wanted := v_result;
    perform booking.take_quotas(a);
  end if;
  if v_result.status = 'pending' and reservation.status <> 'tentative' and override is not true then
    perform booking.check_count(a, 'max_tentative', v_result.owner_id);
  end if;
  return v_result;
end
$$;

comment on function booking.make_transition(booking.request, text, booking.reservations, boolean, interval) is
  'For a request that has begun: makes the move that the action names, of a reservation that is locked. The rows of '
  'booking.reservation_transitions say from where, to what, and who may. '
  'Of what is still to be paid, approve bills: it is held for pencil_ttl. 403 forbidden, 409 invalid_transition '
  '(details.possible_actions), payment_required (details.amount_due), slot_taken or blackout, 422 of the rules; '
  'suspended, of a member who would have time that they do not firmly have yet.';

commit;
