begin;
set local role berth_owner;

create function api.reject_bundle(bundle_id uuid, reason text default null) returns jsonb
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.change_bundle('reject', bundle_id, reason)
$$;

comment on function api.reject_bundle(uuid, text) is
  'Approvers turn down what is pending in a bundle, all of it or none; reason is kept and shown to its owner. '
  'What waits for nobody is named in rejected, as cancel_bundle says. 403 forbidden; 404 not_found; 409 '
  'invalid_transition.';
grant execute on function api.reject_bundle(uuid, text) to authenticated, service_role;

commit;
