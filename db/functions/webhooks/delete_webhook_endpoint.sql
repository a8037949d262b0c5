begin;
set local role berth_owner;

create function api.delete_webhook_endpoint(endpoint_id uuid) returns api.webhook_endpoints
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'delete_webhook_endpoint', row(endpoint_id), 'admin');
  v_endpoint booking.webhook_endpoints;
  v_result api.webhook_endpoints;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  v_endpoint := booking.lock_endpoint(v_request, endpoint_id);
  select w.* into v_result from api.webhook_endpoints w where w.tenant_id = v_endpoint.tenant_id and w.id = v_endpoint.id;
  delete from booking.webhook_endpoints w where w.tenant_id = v_endpoint.tenant_id and w.id = v_endpoint.id;
  return booking.remember_response(v_request, v_result);
end
$$;

comment on function api.delete_webhook_endpoint(uuid) is
  'Admins remove an endpoint with its secret and its deliveries; answers it as it was. 403 forbidden; 404 not_found.';
grant execute on function api.delete_webhook_endpoint(uuid) to authenticated, service_role;

commit;
