begin;
set local role berth_owner;

create function api.reject_reservation(
  reservation_id uuid,
  expected_version integer default null,
  reason text default null
) returns api.reservations
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.transition_reservation('reject', reservation_id, expected_version, reason)
$$;

comment on function api.reject_reservation(uuid, integer, text) is
  'Approvers turn a pending reservation down; reason is kept and shown to its owner. 409 invalid_transition, '
  'version_conflict; 403 forbidden; 404 not_found.';
grant execute on function api.reject_reservation(uuid, integer, text) to authenticated, service_role;

commit;
