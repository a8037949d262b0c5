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
  v_resource booking.resources;
  v_action text := action;
  v_transition booking.reservation_transitions;
  v_is_late boolean;
  v_rules booking.booking_rules;
  v_result booking.reservations;
begin
  v_resource := booking.find_resource(reservation.tenant_id, reservation.resource_id);
  if action = 'confirm' and v_resource.requires_approval and override is not true and reservation.payment_status is distinct from 'unpaid' then
    v_action := 'submit';
  elsif action = 'approve' and reservation.payment_status in ('quoted', 'unpaid') then
    v_action := 'bill';
  end if;
  select t.* into v_transition
    from booking.reservation_transitions t
   where t.from_status = reservation.status and t.action = v_action;
  if not found then
    perform booking.raise_error(409, 'invalid_transition',
      pg_catalog.format('A %s reservation cannot be changed by %s_reservation.', reservation.status, action),
      pg_catalog.jsonb_build_object('status', reservation.status, 'action', action, 'possible_actions',
        (select coalesce(pg_catalog.jsonb_agg(t.action order by t.id), '[]')
           from booking.reservation_transitions t where t.from_status = reservation.status and t.min_role is not null and t.action <> 'bill')));
  end if;
  perform booking.check_authority(request, reservation, v_transition.min_role);
  if reservation.waitlist_entry_id is not null and reservation.status = 'held' and v_transition.to_status <> 'cancelled' then
    if request.user_id is distinct from reservation.owner_id then
      perform booking.raise_error(403, 'forbidden', 'It is offered to somebody else, who alone may accept it.');
    elsif v_transition.to_status = 'pencilled' then
      perform booking.raise_error(409, 'invalid_transition', 'An offer is accepted in its time, or declined.',
        pg_catalog.jsonb_build_object('status', reservation.status, 'action', action));
    end if;
  end if;
  if v_transition.to_status = 'confirmed' and reservation.payment_status in ('quoted', 'unpaid') and override is not true then
    perform booking.raise_error(409, 'payment_required', 'It is confirmed by its payment: begin a checkout.',
      pg_catalog.jsonb_build_object('status', reservation.status, 'payment_status', reservation.payment_status,
                                    'amount_due', reservation.amount_due, 'currency', reservation.currency));
  end if;
  if v_transition.to_status = any (booking.live_statuses()) and v_transition.to_status <> 'checked_in' then
    v_rules := booking.find_rules(v_resource);
    perform booking.check_standing(request, v_resource, v_rules);
    perform booking.check_rules(v_resource, null, reservation.starts_at, reservation.ends_at, reservation.units, override);
    if v_transition.to_status = 'pending' then
      perform booking.refuse_blackout(v_resource, reservation, array[reservation.id]);
    end if;
  elsif override is not true then
    perform booking.check_presence(reservation, v_resource, v_transition.to_status);
  end if;

  if v_transition.to_status = any (v_resource.blocking_statuses) and reservation.status <> all (v_resource.blocking_statuses) then
    -- Before it in the log, as where one is made.
    perform booking.expire_holds(v_resource);
  end if;
  v_is_late := v_transition.to_status in ('cancelled', 'completed') and booking.check_cutoff(request, reservation, v_resource, override)
    and v_transition.to_status = 'cancelled';
  update booking.reservations r
     set is_late = v_is_late,
         status = v_transition.to_status,
         payment_status = case when v_action = 'bill' then 'unpaid'
                               when v_transition.to_status = 'confirmed' and r.payment_status in ('quoted', 'unpaid') then 'waived'
                               else r.payment_status end,
         -- Whoever has waited for an approver need not be there the moment it comes.
         expires_at = case when v_action = 'bill' and r.status = 'pending' then booking.add_elapsed(booking.now(), v_rules.pencil_ttl)
                           when pencil_ttl is null then r.expires_at
                           else booking.choose_expiry(v_resource, reservation, pencil_ttl, override) end
   where r.tenant_id = reservation.tenant_id and r.id = reservation.id
  returning r.* into v_result;
  if (reservation.status = 'tentative' or reservation.waitlist_entry_id is not null) and v_result.status = any (booking.counting_statuses()) and override is not true then
    perform booking.check_quotas(v_resource, v_rules, v_result.owner_id, v_result.starts_at, v_result.ends_at, array[v_result.id]);
  end if;
  if v_result.status = 'pending' and reservation.status <> 'tentative' and override is not true then
    perform booking.check_count(v_resource, v_rules, 'max_tentative', v_result.owner_id);
  end if;
  return v_result;
end
$$;

comment on function booking.make_transition(booking.request, text, booking.reservations, boolean, interval) is
  'For a request that has begun: makes the move that the action names, of a reservation that is locked. The rows of booking.reservation_transitions say from where, to what, and who may. '
  'Of what is still to be paid, approve bills: it is held for pencil_ttl. 403 forbidden, 409 invalid_transition (details.possible_actions), payment_required (details.amount_due), slot_taken or blackout, 422 of the rules; suspended, of a member who would have time that they do not firmly have yet.';

commit;
