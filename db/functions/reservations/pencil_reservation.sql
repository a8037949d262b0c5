begin;
set local role berth_owner;

create function api.pencil_reservation(
  reservation_id uuid,
  expected_version integer default null,
  reason text default null,
  pencil_ttl interval default null,
  override boolean default false
) returns api.reservations
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.transition_reservation('pencil', reservation_id, expected_version, reason, override, pencil_ttl)
$$;

comment on function api.pencil_reservation(uuid, integer, text, interval, boolean) is
  'Pencils in a tentative or held reservation: it keeps its time until expires_at, after the rule''s pencil_ttl or its '
  'own, between min_pencil_ttl and max_pencil_ttl. '
  '409 slot_taken, hold_expired, invalid_transition, version_conflict; 400 invalid_argument; 403 forbidden; 404 '
  'not_found; 422 of the rules, too_far_ahead beyond max_hold.';
grant execute on function api.pencil_reservation(uuid, integer, text, interval, boolean) to authenticated, service_role;

commit;
