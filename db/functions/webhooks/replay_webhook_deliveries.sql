begin;
set local role berth_owner;

create function api.replay_webhook_deliveries(endpoint_id uuid, since timestamptz default null, event_ids uuid[] default null) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'replay_webhook_deliveries', row(endpoint_id, since, event_ids), 'admin');
  v_endpoint booking.webhook_endpoints;
  v_events booking.events[];
  v_response jsonb;
begin
  if v_request.replay is not null then
    return v_request.replay;
  end if;
  perform booking.check_list('event_ids', event_ids, 1000);
  v_endpoint := booking.lock_endpoint(v_request, endpoint_id);
  if v_endpoint.disabled_at is not null then
    perform booking.raise_error(409, 'invalid_transition', 'The endpoint is disabled; enable it first.');
  elsif since is null and event_ids is null then
    perform booking.raise_error(400, 'invalid_argument', 'Say since when, or which events.', '{"argument": "since"}');
  end if;
  -- Shared with other replays; what is about to be sent again is not forgotten meanwhile.
  perform from booking.tenants t where t.id = v_endpoint.tenant_id for share;
  perform booking.check_log(v_endpoint.tenant_id, since, 'since');
  v_events := array(
    select e
      from booking.events e
     where e.tenant_id = v_endpoint.tenant_id and (since is null or e.occurred_at >= since) and (event_ids is null or e.id = any (event_ids))
       and e.type like any (booking.type_patterns(v_endpoint.event_types)) and e.type <> 'webhook_endpoint.test'
     order by e.seq
     limit 10001);
  if pg_catalog.cardinality(v_events) > 10000 then
    perform booking.raise_error(422, 'quota_exceeded', 'These are more than 10000 events; replay a part at a time, or read them from /v1/events.', '{"limit": 10000}');
  end if;
  delete from booking.webhook_deliveries d
   using pg_catalog.unnest(v_events) e
   where d.tenant_id = v_endpoint.tenant_id and d.endpoint_id = v_endpoint.id and d.event_id = e.id;
  v_response := pg_catalog.jsonb_build_object('endpoint_id', v_endpoint.id, 'replayed', booking.queue_deliveries(v_endpoint, v_events));
  return booking.remember_response(v_request, v_response);
end
$$;

comment on function api.replay_webhook_deliveries(uuid, timestamptz, uuid[]) is
  'Admins have events sent to an endpoint once more, or at last: those since a time, or of these ids, or both, as far '
  'as its event_types want them. They keep their webhook-id and their order. {"endpoint_id", "replayed": how many}. '
  '400 invalid_argument (the log does not go back so far, too: details.kept_since); 403 forbidden; 404 not_found; 409 '
  'invalid_transition (it is disabled); 422 quota_exceeded (10000 events).';
grant execute on function api.replay_webhook_deliveries(uuid, timestamptz, uuid[]) to authenticated, service_role;

commit;
