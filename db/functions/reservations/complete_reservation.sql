begin;
set local role berth_owner;

create function api.complete_reservation(
  reservation_id uuid,
  expected_version integer default null,
  reason text default null,
  override boolean default false
) returns api.reservations
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.transition_reservation('complete', reservation_id, expected_version, reason, override)
$$;

comment on function api.complete_reservation(uuid, integer, text, boolean) is
  'Ends a reservation, early perhaps: the rest of its time is free the moment this commits. The worker completes what '
  'has reached its end. '
  '422 too_soon (it has not begun: cancel it); 409 invalid_transition, version_conflict; 403 forbidden; 404 not_found.';
grant execute on function api.complete_reservation(uuid, integer, text, boolean) to authenticated, service_role;

commit;
