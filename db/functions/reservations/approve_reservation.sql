begin;
set local role berth_owner;

create function api.approve_reservation(
  reservation_id uuid,
  expected_version integer default null,
  reason text default null
) returns api.reservations
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.transition_reservation('approve', reservation_id, expected_version, reason)
$$;

comment on function api.approve_reservation(uuid, integer, text) is
  'Approvers confirm a pending reservation, or let it be paid: it is held for the rule''s pencil_ttl; reason is kept '
  'as the note. '
  '409 slot_taken if the time has gone (it stays pending, with no event), invalid_transition, version_conflict; 403 '
  'forbidden; 404 not_found.';
grant execute on function api.approve_reservation(uuid, integer, text) to authenticated, service_role;

commit;
