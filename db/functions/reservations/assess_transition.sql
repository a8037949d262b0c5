begin;
set local role berth_owner;

create function booking.assess_transition(
  a booking.assessment,
  action text,
  override boolean,
  pencil_ttl interval
) returns booking.assessment
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_current booking.reservations := a.current;
  v_action text := action;
  v_transition booking.reservation_transitions;
begin
  a.wanted := v_current;
  a.is_kept := true;
  if action = 'confirm' and (a.resource).requires_approval and override is not true
     and v_current.payment_status is distinct from 'unpaid' then
    v_action := 'submit';
  elsif action = 'approve' and v_current.payment_status in ('quoted', 'unpaid') then
    v_action := 'bill';
  end if;
  select t.* into v_transition
    from booking.reservation_transitions t
   where t.from_status = v_current.status and t.action = v_action;
  if not found then
    perform booking.refuse_transition(v_current.status, action);
  end if;
  perform booking.check_authority(a.request, v_current, v_transition.min_role);
  if v_current.waitlist_entry_id is not null and v_current.status = 'held'
     and v_transition.to_status <> 'cancelled' then
    if (a.request).user_id is distinct from v_current.owner_id then
      perform booking.raise_error(403, 'forbidden', 'It is offered to somebody else, who alone may accept it.');
    elsif v_transition.to_status = 'pencilled' then
      perform booking.raise_error(409, 'invalid_transition', 'An offer is accepted in its time, or declined.',
        pg_catalog.jsonb_build_object('status', v_current.status, 'action', action));
    end if;
  end if;
  if v_transition.to_status = 'confirmed' and v_current.payment_status in ('quoted', 'unpaid') then
    if override is not true then
      perform booking.raise_error(409, 'payment_required', 'It is confirmed by its payment: begin a checkout.',
        pg_catalog.jsonb_build_object('status', v_current.status, 'payment_status', v_current.payment_status,
                                      'amount_due', v_current.amount_due, 'currency', v_current.currency));
    end if;
    a.wanted.payment_status := 'waived';
  elsif v_action = 'bill' then
    a.wanted.payment_status := 'unpaid';
  end if;
  a.is_new_time := v_transition.to_status = any (booking.live_statuses()) and v_transition.to_status <> 'checked_in';
  if a.is_new_time then
    if v_transition.to_status = 'pending' then
      perform booking.refuse_blackout(a.resource, v_current, array[v_current.id]);
    end if;
  else
    if override is not true then
      perform booking.check_presence(v_current, a.resource, v_transition.to_status);
    end if;
    a.wanted.is_late := v_transition.to_status in ('cancelled', 'completed')
      and booking.check_cutoff(a.request, v_current, a.resource, override)
      and v_transition.to_status = 'cancelled';
  end if;
  a.wanted.status := v_transition.to_status;
  if v_action = 'bill' and v_current.status = 'pending' then
    -- Whoever has waited for an approver need not be there the moment it comes.
    a.wanted.expires_at := booking.add_elapsed(a.asked_at, (a.rules).pencil_ttl);
  elsif pencil_ttl is not null then
    a.wanted.expires_at := booking.choose_expiry(a.resource, v_current, pencil_ttl, override);
  end if;
  return a;
end
$$;

comment on function booking.assess_transition(booking.assessment, text, boolean, interval) is
  'What assess() does for another status: whether the move is legal, who may make it, what is to be paid before, and '
  'whether the time may still be given back.';

commit;
