begin;
set local role berth_owner;

create function booking.lock_endpoint(request booking.request, endpoint_id uuid) returns booking.webhook_endpoints
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_endpoint booking.webhook_endpoints;
begin
  select w.* into v_endpoint
    from booking.webhook_endpoints w
   where w.tenant_id = request.tenant_id and w.id = lock_endpoint.endpoint_id
     for update;
  if not found then
    perform booking.raise_error(404, 'not_found', 'There is no such webhook endpoint.', pg_catalog.jsonb_build_object('endpoint_id', endpoint_id));
  end if;
  return v_endpoint;
end
$$;

comment on function booking.lock_endpoint(booking.request, uuid) is
  'Locks an endpoint, and with it its deliveries. 404 not_found.';

commit;
