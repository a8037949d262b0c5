begin;
set local role berth_owner;

create function booking.find_bundle(request booking.request, bundle_id uuid) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform from booking.bundles b
    where b.tenant_id = request.tenant_id and b.id = bundle_id
      and (b.owner_id = request.user_id or request.role >= 'approver');
  if not found then
    perform booking.raise_error(404, 'not_found', 'There is no such bundle among those you may see.',
      pg_catalog.jsonb_build_object('bundle_id', bundle_id));
  end if;
end
$$;

comment on function booking.find_bundle(booking.request, uuid) is
  '404 not_found where the caller may not see a bundle, or there is none.';

commit;
