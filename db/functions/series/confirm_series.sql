begin;
set local role berth_owner;

create function api.confirm_series(
  series_id uuid,
  scope text default 'all',
  reservation_id uuid default null,
  reason text default null,
  expected_version integer default null,
  override boolean default false
) returns jsonb
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.change_series('confirm', series_id, scope, reservation_id, reason, expected_version, override)
$$;

comment on function api.confirm_series(uuid, text, uuid, text, integer, boolean) is
  'Makes a series firm that is tentative, held or pencilled: confirmed, or pending where approval is required. '
  'scope is this (the occurrence reservation_id), following (from it on) or all; all of these, or none; '
  'expected_version is the series''s. '
  '400 invalid_argument; 403 forbidden; 404 not_found; 409 slot_taken, blackout, invalid_transition (there is nothing '
  'to change), hold_expired, version_conflict; 422 of the rules.';
grant execute on function api.confirm_series(uuid, text, uuid, text, integer, boolean) to authenticated, service_role;

commit;
