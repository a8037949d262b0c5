begin;
set local role berth_owner;

create function booking.change_waitlist_entry(action text, entry_id uuid, reason text) returns api.waitlist_entries
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(action, row(entry_id, reason), reason => reason);
  v_entry booking.waitlist_entries;
  v_reservation_id uuid;
  v_result api.waitlist_entries;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  v_entry := booking.lock_waitlist_entry(v_request, entry_id);
  if v_entry.status = 'waiting' and v_entry.expires_at <= booking.now() then
    v_entry.status := 'expired'; -- though the sweep has not come by yet
  end if;
  if v_entry.status = 'offered' then
    select r.id into v_reservation_id
      from booking.reservations r
     where r.tenant_id = v_entry.tenant_id and r.waitlist_entry_id = v_entry.id and r.status = 'held';
    perform booking.make_transition(v_request, case action when 'accept_offer' then 'confirm' else 'cancel' end,
                                    booking.lock_reservation(v_request, v_reservation_id, null));
  elsif v_entry.status = 'waiting' and action = 'leave_waitlist' then
    update booking.waitlist_entries w
       set status = 'left'
     where w.tenant_id = v_entry.tenant_id and w.id = v_entry.id;
  else
    perform booking.raise_error(409, case v_entry.status when 'expired' then 'hold_expired' else 'invalid_transition' end,
      case v_entry.status when 'waiting' then 'Nothing is offered yet.' when 'expired' then 'It has expired; join the waitlist anew.'
                          else pg_catalog.format('It is %s already.', v_entry.status) end,
      pg_catalog.jsonb_build_object('status', v_entry.status, 'action', action));
  end if;
  select w.* into v_result from api.waitlist_entries w where w.tenant_id = v_entry.tenant_id and w.id = v_entry.id;
  return booking.remember_response(v_request, v_result);
end
$$;

comment on function booking.change_waitlist_entry(text, uuid, text) is
  'What accept_offer, decline_offer and leave_waitlist do: an offer is confirmed or cancelled, a wait ended. The '
  'errors of an offer are make_transition()''s.';

commit;
