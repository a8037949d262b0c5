begin;
set local role berth_owner;

create function booking.end_deliveries() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update booking.webhook_deliveries d
     set status = 'dead', next_attempt_at = null, lease_until = null, error = 'the endpoint is disabled', updated_at = booking.now()
   where d.tenant_id = new.tenant_id and d.endpoint_id = new.id and d.status in ('pending', 'retrying');
  insert into booking.events (tenant_id, type, owner_id, subject, reason)
  values (new.tenant_id, 'webhook_endpoint.disabled', new.created_by,
          pg_catalog.jsonb_build_object(
            'id', new.id, 'tenant_id', new.tenant_id,
            -- Paths and queries of such addresses may be secrets.
            'origin', pg_catalog.substring(new.url, '^[^/]+//[^/?]+'),
            'description', new.description, 'failing_since', new.failing_since, 'disabled_at', new.disabled_at),
          new.disabled_reason);
  return null;
end
$$;

comment on function booking.end_deliveries() is
  'Trigger: an endpoint that is disabled gets nothing more, and an event tells why.';

create trigger _900_end_deliveries
  after update on booking.webhook_endpoints
  for each row when (old.disabled_at is null and new.disabled_at is not null)
  execute function booking.end_deliveries();

commit;
