begin;
set local role berth_owner;

create function booking.lock_bundle(request booking.request, bundle_id uuid) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform booking.find_bundle(request, bundle_id);
  perform booking.lock_reservations(request.tenant_id, array(
    select r.id from booking.reservations r
     where r.tenant_id = request.tenant_id and r.bundle_id = lock_bundle.bundle_id));
end
$$;

comment on function booking.lock_bundle(booking.request, uuid) is
  'Locks the reservations of a bundle, after their resources; 404 not_found where the caller may not see it.';

commit;
