begin;
set local role berth_owner;

create function booking.show_bundle(tenant_id uuid, bundle_id uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return pg_catalog.jsonb_build_object(
    'bundle_id', bundle_id,
    'reservations', (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(r) order by r.starts_at, r.resource_id, r.id), '[]')
        from booking.reservations r
       where r.tenant_id = show_bundle.tenant_id and r.bundle_id = show_bundle.bundle_id));
end
$$;

comment on function booking.show_bundle(uuid, uuid) is
  'What the functions of a bundle answer: {"bundle_id", "reservations": […]}, by start.';

commit;
