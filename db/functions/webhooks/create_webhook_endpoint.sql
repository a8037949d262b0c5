begin;
set local role berth_owner;

create function api.create_webhook_endpoint(url text, event_types text[] default '{*}', description text default '') returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'create_webhook_endpoint', row(url, event_types, description), 'admin');
  v_id uuid;
begin
  if v_request.replay is not null then
    return booking.tell_secret(v_request, v_request.replay);
  end if;
  perform booking.check_endpoint(url, event_types, coalesce(description, ''));
  if (select pg_catalog.count(*) >= 50 from booking.webhook_endpoints w where w.tenant_id = v_request.tenant_id) then
    perform booking.raise_error(422, 'quota_exceeded', 'A tenant has at most 50 webhook endpoints; delete one first.', '{"limit": 50, "used": 50}');
  end if;
  insert into booking.webhook_endpoints as w (tenant_id, url, event_types, description, created_by)
  values (v_request.tenant_id, url, event_types, coalesce(description, ''), v_request.user_id)
  returning w.id into v_id;
  insert into booking.webhook_secrets (tenant_id, endpoint_id, number, secret)
  values (v_request.tenant_id, v_id, 1, booking.make_secret());
  return booking.tell_secret(v_request, (
    select pg_catalog.to_jsonb(w) || '{"secret_number": 1}' from api.webhook_endpoints w where w.tenant_id = v_request.tenant_id and w.id = v_id));
end
$$;

comment on function api.create_webhook_endpoint(text, text[], text) is
  'Admins have the events of the tenant sent to an address, from now on. event_types are globs: {reservation.*}. '
  'Answers the endpoint with its secret, this once: deliveries are signed with it (Standard Webhooks). '
  '400 invalid_argument; 403 forbidden; 422 quota_exceeded (50 endpoints).';
grant execute on function api.create_webhook_endpoint(text, text[], text) to authenticated, service_role;

commit;
