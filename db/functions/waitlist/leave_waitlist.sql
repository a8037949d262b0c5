begin;
set local role berth_owner;

create function api.leave_waitlist(entry_id uuid, reason text default null) returns api.waitlist_entries
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.change_waitlist_entry('leave_waitlist', entry_id, reason)
$$;

comment on function api.leave_waitlist(uuid, text) is
  'Ends one''s wait; an offer that stands is declined. 404 not_found; 409 hold_expired, invalid_transition (it has '
  'ended already).';
grant execute on function api.leave_waitlist(uuid, text) to authenticated, service_role;

commit;
