begin;
set local role berth_owner;

create function api.confirm_bundle(
  bundle_id uuid,
  reason text default null,
  override boolean default false
) returns jsonb
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.change_bundle('confirm', bundle_id, reason, override)
$$;

comment on function api.confirm_bundle(uuid, text, boolean) is
  'Confirms a bundle as one: its tentative, held and pencilled reservations become firm (or wait as pending where the '
  'resource requires approval), or none does. '
  'What was turned down or displaced is named in rejected, as cancel_bundle says; where a hold has expired, none is '
  'confirmed. '
  'Errors are confirm_reservation''s, of the first that cannot be had; 404 not_found.';
grant execute on function api.confirm_bundle(uuid, text, boolean) to authenticated, service_role;

commit;
