begin;
set local role berth_owner;

create function api.send_test_event(endpoint_id uuid) returns api.webhook_deliveries
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request('send_test_event', row(endpoint_id), 'admin');
  v_endpoint booking.webhook_endpoints;
  v_event booking.events;
  v_result api.webhook_deliveries;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  v_endpoint := booking.lock_endpoint(v_request, endpoint_id);
  if v_endpoint.disabled_at is not null then
    perform booking.raise_error(409, 'invalid_transition', 'The endpoint is disabled; enable it first.');
  end if;
  insert into booking.events as e (tenant_id, type, owner_id, subject)
  values (v_endpoint.tenant_id, 'webhook_endpoint.test', v_request.user_id,
          pg_catalog.jsonb_build_object('endpoint_id', v_endpoint.id, 'tenant_id', v_endpoint.tenant_id, 'description', v_endpoint.description))
  returning e.* into v_event;
  perform booking.queue_deliveries(v_endpoint, array[v_event]);
  select d.* into v_result from api.webhook_deliveries d where d.tenant_id = v_event.tenant_id and d.endpoint_id = v_endpoint.id and d.event_id = v_event.id;
  return booking.remember_response(v_request, v_result);
end
$$;

comment on function api.send_test_event(uuid) is
  'Admins have an event webhook_endpoint.test sent to this endpoint alone, whatever its event_types; answers the '
  'delivery, which webhook_deliveries then tells more of. '
  '403 forbidden; 404 not_found; 409 invalid_transition (it is disabled).';
grant execute on function api.send_test_event(uuid) to authenticated, service_role;

commit;
