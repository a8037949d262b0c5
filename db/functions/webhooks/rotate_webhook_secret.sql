begin;
set local role berth_owner;

create function api.rotate_webhook_secret(endpoint_id uuid, grace interval default '24 hours') returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'rotate_webhook_secret', row(endpoint_id, grace), 'admin');
  v_endpoint booking.webhook_endpoints;
  v_number integer;
begin
  if v_request.replay is not null then
    return booking.tell_secret(v_request, v_request.replay);
  end if;
  v_endpoint := booking.lock_endpoint(v_request, endpoint_id);
  if grace is null or grace < '0' or grace > '30 days' then
    perform booking.raise_error(400, 'invalid_argument', 'grace is from 0 to 30 days.', '{"argument": "grace"}');
  end if;
  -- Two at most: one that was on its way out is gone now.
  delete from booking.webhook_secrets s
   where s.tenant_id = v_endpoint.tenant_id and s.endpoint_id = v_endpoint.id and s.expires_at is not null;
  update booking.webhook_secrets s
     set expires_at = booking.now() + grace
   where s.tenant_id = v_endpoint.tenant_id and s.endpoint_id = v_endpoint.id
  returning s.number + 1 into v_number;
  insert into booking.webhook_secrets (tenant_id, endpoint_id, number, secret)
  values (v_endpoint.tenant_id, v_endpoint.id, v_number, booking.make_secret());
  return booking.tell_secret(v_request, (
    select pg_catalog.to_jsonb(w) || pg_catalog.jsonb_build_object('secret_number', v_number)
      from api.webhook_endpoints w where w.tenant_id = v_endpoint.tenant_id and w.id = v_endpoint.id));
end
$$;

comment on function api.rotate_webhook_secret(uuid, interval) is
  'Admins give an endpoint a new secret, which is told this once. For the time of grace deliveries are signed with the '
  'old one too, so that the receiver can change over at leisure. '
  '400 invalid_argument (grace is 0 to 30 days); 403 forbidden; 404 not_found.';
grant execute on function api.rotate_webhook_secret(uuid, interval) to authenticated, service_role;

commit;
