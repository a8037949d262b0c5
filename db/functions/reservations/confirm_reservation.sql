begin;
set local role berth_owner;

create function api.confirm_reservation(
  reservation_id uuid,
  expected_version integer default null,
  reason text default null,
  override boolean default false
) returns api.reservations
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.transition_reservation('confirm', reservation_id, expected_version, reason, override)
$$;

comment on function api.confirm_reservation(uuid, integer, text, boolean) is
  'Makes a tentative, held or pencilled reservation firm; it waits as pending where the resource requires approval '
  '(managers skip that with override and a reason, and the payment of what is unpaid). '
  '409 slot_taken if the time has gone (the reservation stays as it was), payment_required (details.amount_due), '
  'hold_expired from the instant expires_at on, invalid_transition, version_conflict; 422 of the rules; 404 not_found.';
grant execute on function api.confirm_reservation(uuid, integer, text, boolean) to authenticated, service_role;

commit;
