begin;
set local role berth_owner;

create function api.decline_offer(entry_id uuid, reason text default null) returns api.waitlist_entries
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.change_waitlist_entry('decline_offer', entry_id, reason)
$$;

comment on function api.decline_offer(uuid, text) is
  'Declines what the waitlist offers: the next in turn is offered it at once. 404 not_found; 409 hold_expired, '
  'invalid_transition (nothing is offered).';
grant execute on function api.decline_offer(uuid, text) to authenticated, service_role;

commit;
