begin;
set local role berth_owner;

create function booking.store_notification(
  provider text,
  tenant_id uuid,
  payment_id uuid,
  source inet,
  body bytea
) returns uuid
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id uuid;
begin
  perform booking.enter_payment(tenant_id);
  insert into booking.payment_notifications as n (tenant_id, provider, payment_id, source, body)
  values (tenant_id, provider, payment_id, source, body)
  on conflict on constraint payment_notifications_tenant_id_provider_digest_source_key do update
     set deliveries = n.deliveries + 1, attempts = 0, next_attempt_at = excluded.next_attempt_at, updated_at = booking.now()
  returning n.id into v_id;
  return v_id;
end
$$;

comment on function booking.store_notification(text, uuid, uuid, inet, bytea) is
  'Keeps what came in at a provider''s notify address, before anything is made of it, and returns its id: the same '
  'for the same again. Tenant and payment are those it names, unchecked.';
grant execute on function booking.store_notification(text, uuid, uuid, inet, bytea) to berth_gateway;

commit;
