begin;
set local role berth_owner;

create function api.update_webhook_endpoint(
  endpoint_id uuid,
  url text default null,
  event_types text[] default null,
  description text default null,
  is_enabled boolean default null
) returns api.webhook_endpoints
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'update_webhook_endpoint', row(endpoint_id, url, event_types, description, is_enabled), 'admin');
  v_endpoint booking.webhook_endpoints;
  v_result api.webhook_endpoints;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  v_endpoint := booking.lock_endpoint(v_request, endpoint_id);
  if url <> v_endpoint.url then
    v_endpoint.failing_since := null; -- that was the other one
  end if;
  v_endpoint.url := coalesce(url, v_endpoint.url);
  v_endpoint.event_types := coalesce(event_types, v_endpoint.event_types);
  v_endpoint.description := coalesce(description, v_endpoint.description);
  perform booking.check_endpoint(v_endpoint.url, v_endpoint.event_types, v_endpoint.description);
  if is_enabled and v_endpoint.disabled_at is not null then
    v_endpoint.disabled_at := null;
    v_endpoint.disabled_reason := null;
    v_endpoint.failing_since := null;
    v_endpoint.after_seq := pg_catalog.pg_sequence_last_value('booking.events_seq_seq');
  elsif not is_enabled and v_endpoint.disabled_at is null then
    v_endpoint.disabled_at := booking.now();
    v_endpoint.disabled_reason := 'an admin disabled it';
  end if;
  update booking.webhook_endpoints w
     set url = v_endpoint.url, event_types = v_endpoint.event_types, description = v_endpoint.description,
         disabled_at = v_endpoint.disabled_at, disabled_reason = v_endpoint.disabled_reason,
         failing_since = v_endpoint.failing_since, after_seq = v_endpoint.after_seq, updated_at = booking.now()
   where w.tenant_id = v_endpoint.tenant_id and w.id = v_endpoint.id;
  select w.* into v_result from api.webhook_endpoints w where w.tenant_id = v_endpoint.tenant_id and w.id = v_endpoint.id;
  return booking.remember_response(v_request, v_result);
end
$$;

comment on function api.update_webhook_endpoint(uuid, text, text[], text, boolean) is
  'Admins change where events are sent, or which; what is null stays. is_enabled false ends its deliveries; true '
  'starts anew: replay_webhook_deliveries brings what happened in between. '
  '400 invalid_argument; 403 forbidden; 404 not_found.';
grant execute on function api.update_webhook_endpoint(uuid, text, text[], text, boolean) to authenticated, service_role;

commit;
