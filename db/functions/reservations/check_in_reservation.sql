begin;
set local role berth_owner;

create function api.check_in_reservation(
  reservation_id uuid,
  expected_version integer default null,
  reason text default null,
  override boolean default false
) returns api.reservations
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.transition_reservation('check_in', reservation_id, expected_version, reason, override)
$$;

comment on function api.check_in_reservation(uuid, integer, text, boolean) is
  'Whoever booked is there. From the rule''s check_in_opens before the start on, until the end or until it is a '
  'no-show; managers at any time, with override and a reason. '
  '422 too_soon (details.opens_at); 409 invalid_transition, version_conflict; 403 forbidden; 404 not_found.';
grant execute on function api.check_in_reservation(uuid, integer, text, boolean) to authenticated, service_role;

commit;
