begin;
set local role berth_owner;

create function booking.record_attempt(
  tenant_id uuid,
  endpoint_id uuid,
  delivery_id uuid,
  lease_until timestamptz,
  response_status integer,
  latency_ms integer,
  error text,
  response_body text,
  retry_after integer default null
) returns text
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_endpoint booking.webhook_endpoints;
  v_delivery booking.webhook_deliveries;
  v_delay interval;
  v_status text;
begin
  select w.* into v_endpoint
    from booking.webhook_endpoints w
   where w.tenant_id = record_attempt.tenant_id and w.id = record_attempt.endpoint_id
     for no key update;
  select d.* into v_delivery
    from booking.webhook_deliveries d
   where d.tenant_id = record_attempt.tenant_id and d.id = delivery_id;
  -- Deleted, disabled, replayed, or another's by now: then this attempt counts for nothing.
  if v_delivery.lease_until is distinct from record_attempt.lease_until or lease_until is null then
    return null;
  end if;
  v_delay := booking.retry_delay(v_delivery.attempts + 1);
  v_status := case when error is null then 'delivered' when response_status = 410 or v_delay is null then 'dead' else 'retrying' end;
  update booking.webhook_deliveries d
     set status = v_status,
         attempts = d.attempts + 1,
         next_attempt_at = case when v_status = 'retrying'
                                then booking.now() + greatest(v_delay, pg_catalog.make_interval(secs => least(coalesce(retry_after, 0), 86400))) end,
         lease_until = null,
         response_status = record_attempt.response_status,
         latency_ms = record_attempt.latency_ms,
         error = pg_catalog.left(record_attempt.error, 1000),
         response_body = record_attempt.response_body,
         updated_at = booking.now()
   where d.tenant_id = v_delivery.tenant_id and d.id = v_delivery.id;
  if v_status <> 'retrying' then
    perform booking.release_delivery(v_delivery.tenant_id, v_delivery.endpoint_id, v_delivery.subject_id);
  end if;

  -- A run of failures ends with a success, or when nothing was tried for as long as it may last.
  if error is null or v_endpoint.last_attempt_at < booking.now() - interval '5 days' then
    v_endpoint.failing_since := null;
  end if;
  if error is not null then
    v_endpoint.failing_since := coalesce(v_endpoint.failing_since, booking.now());
  end if;
  if response_status = 410 then
    v_endpoint.disabled_reason := 'it answered 410 Gone';
  elsif v_endpoint.failing_since <= booking.now() - interval '5 days' then
    v_endpoint.disabled_reason := 'every attempt of 5 days failed';
  end if;
  update booking.webhook_endpoints w
     set failing_since = v_endpoint.failing_since,
         last_attempt_at = booking.now(),
         last_latency_ms = record_attempt.latency_ms,
         disabled_reason = v_endpoint.disabled_reason,
         disabled_at = case when v_endpoint.disabled_reason is not null then booking.now() end
   where w.tenant_id = v_endpoint.tenant_id and w.id = v_endpoint.id;
  return v_status;
end
$$;

comment on function booking.record_attempt(uuid, uuid, uuid, timestamptz, integer, integer, text, text, integer) is
  'What came of a delivery that claim_deliveries() gave: delivered if error is null, else to be retried, after '
  'retry_after seconds at the earliest (24 hours at most), or dead; then the next about the same thing is due. '
  'Disables an endpoint that answers 410, or that has failed for 5 days. Returns the status; null where the lease was '
  'lost, so that another tells what came of it.';
grant execute on function booking.record_attempt(uuid, uuid, uuid, timestamptz, integer, integer, text, text,
  integer) to berth_worker;

commit;
