begin;
set local role berth_owner;

create function api.cancel_reservation(
  reservation_id uuid,
  reason text default null,
  expected_version integer default null,
  override boolean default false
) returns api.reservations
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.transition_reservation('cancel', reservation_id, expected_version, reason, override)
$$;

comment on function api.cancel_reservation(uuid, text, integer, boolean) is
  'Cancels a reservation: its time is free the moment this commits. Members cancel their own, managers any. '
  '409 invalid_transition, hold_expired, version_conflict; 403 forbidden; 404 not_found.';
grant execute on function api.cancel_reservation(uuid, text, integer, boolean) to authenticated, service_role;

commit;
