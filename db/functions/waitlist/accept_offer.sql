begin;
set local role berth_owner;

create function api.accept_offer(entry_id uuid, reason text default null) returns api.waitlist_entries
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.change_waitlist_entry('accept_offer', entry_id, reason)
$$;

comment on function api.accept_offer(uuid, text) is
  'Takes what the waitlist offers: the reservation offered_reservation_id is confirmed, or pending where approval is '
  'required. '
  '404 not_found; 409 payment_required (its payment accepts it), hold_expired (too late), invalid_transition (nothing '
  'is offered); 422 quota_exceeded, suspended.';
grant execute on function api.accept_offer(uuid, text) to authenticated, service_role;

commit;
