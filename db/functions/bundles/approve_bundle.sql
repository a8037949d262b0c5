begin;
set local role berth_owner;

create function api.approve_bundle(bundle_id uuid, reason text default null) returns jsonb
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select booking.change_bundle('approve', bundle_id, reason)
$$;

comment on function api.approve_bundle(uuid, text) is
  'Approvers confirm what is pending in a bundle, all of it or none. What waits for nobody is named in rejected, as '
  'cancel_bundle says. '
  'Errors are approve_reservation''s, of the first that cannot be had; 404 not_found.';
grant execute on function api.approve_bundle(uuid, text) to authenticated, service_role;

commit;
