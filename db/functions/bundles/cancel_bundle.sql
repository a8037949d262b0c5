begin;
set local role berth_owner;

create function api.cancel_bundle(
  bundle_id uuid,
  reason text default null,
  override boolean default false
) returns jsonb
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.change_bundle('cancel', bundle_id, reason, override)
$$;

comment on function api.cancel_bundle(uuid, text, boolean) is
  'Cancels what is left of a bundle: its time is free the moment this commits. '
  'Answers {"bundle_id", "reservations"} and, where a part can no longer change, since it is over, checked in or '
  'rejected, '
  'rejected: [{"reservation_id", "starts_at", "ends_at", "code", "status", "details", "hint"}]. 403 forbidden; 404 '
  'not_found; 409 invalid_transition (there is nothing left).';
grant execute on function api.cancel_bundle(uuid, text, boolean) to authenticated, service_role;

commit;
