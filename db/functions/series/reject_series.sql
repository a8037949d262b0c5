begin;
set local role berth_owner;

create function api.reject_series(
  series_id uuid,
  scope text default 'all',
  reservation_id uuid default null,
  reason text default null,
  expected_version integer default null
) returns jsonb
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.change_series('reject', series_id, scope, reservation_id, reason, expected_version)
$$;

comment on function api.reject_series(uuid, text, uuid, text, integer) is
  'Approvers turn down a series that waits for approval. '
  'scope is this (the occurrence reservation_id), following (from it on) or all; all of these, or none; '
  'expected_version is the series''s. '
  '400 invalid_argument; 403 forbidden; 404 not_found; 409 invalid_transition (there is nothing to change), '
  'hold_expired, version_conflict.';
grant execute on function api.reject_series(uuid, text, uuid, text, integer) to authenticated, service_role;

commit;
