begin;
set local role berth_owner;

create function booking.find_resource(tenant_id uuid, resource_id uuid) returns booking.resources
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_resource booking.resources;
begin
  select s.* into v_resource
    from booking.resources s
   where s.tenant_id = find_resource.tenant_id and s.id = find_resource.resource_id;
  if not found then
    perform booking.raise_error(404, 'not_found', 'There is no such resource.',
      pg_catalog.jsonb_build_object('resource_id', resource_id));
  end if;
  return v_resource;
end
$$;

comment on function booking.find_resource(uuid, uuid) is 'The resource, or 404 not_found.';

commit;
