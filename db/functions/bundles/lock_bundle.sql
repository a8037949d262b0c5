begin;
set local role berth_owner;

create function booking.lock_bundle(request booking.request, bundle_id uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform from booking.bundles b
    where b.tenant_id = request.tenant_id and b.id = bundle_id
      and (b.owner_id = request.user_id or request.role >= 'approver');
  if not found then
    perform booking.raise_error(404, 'not_found', 'There is no such bundle among those you may see.',
      pg_catalog.jsonb_build_object('bundle_id', bundle_id));
  end if;
  perform booking.lock_reservations(request.tenant_id, array(
    select r.id from booking.reservations r
     where r.tenant_id = request.tenant_id and r.bundle_id = lock_bundle.bundle_id));
end
$$;

comment on function booking.lock_bundle(booking.request, uuid) is
  'Locks the reservations of a bundle, after their resources; 404 not_found where the caller may not see it.';

commit;
