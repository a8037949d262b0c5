begin;
set local role berth_owner;

create function api.cancel_series(
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
  select booking.change_series('cancel', series_id, scope, reservation_id, reason, expected_version, override)
$$;

comment on function api.cancel_series(uuid, text, uuid, text, integer, boolean) is
  'Cancels this occurrence, it and the following, or all of a series, as far as they are still to come: {"series_id", '
  '"reservations": [those cancelled]} and, where one can no longer be cancelled, since somebody has checked in, '
  'rejected, as in cancel_bundle. A cancelled one never comes back. '
  'scope is this (the occurrence reservation_id), following (from it on) or all; all of these, or none; '
  'expected_version is the series''s. '
  '400 invalid_argument; 403 forbidden; 404 not_found; 409 invalid_transition (there is nothing to change), '
  'hold_expired, version_conflict.';
grant execute on function api.cancel_series(uuid, text, uuid, text, integer, boolean) to authenticated, service_role;

commit;
