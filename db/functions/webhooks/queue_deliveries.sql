begin;
set local role berth_owner;

create function booking.queue_deliveries(endpoint booking.webhook_endpoints, events booking.events[], again boolean default false) returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
  v_subjects text[];
  v_queued integer;
begin
  with queued as (
    insert into booking.webhook_deliveries as d (tenant_id, endpoint_id, event_id, event_type, horizon, seq, subject_id)
    select endpoint.tenant_id, endpoint.id, e.id, e.type, e.horizon, e.seq, coalesce(e.reservation_id::text, e.subject ->> 'id', e.id::text)
      from pg_catalog.unnest(events) e
        on conflict (tenant_id, endpoint_id, horizon, seq) do update
       set status = 'pending', attempts = 0, next_attempt_at = null, lease_until = null, updated_at = booking.now()
     where again
    returning d.subject_id
  )
  select pg_catalog.array_agg(distinct q.subject_id), pg_catalog.count(*) into v_subjects, v_queued
    from queued q;
  perform booking.release_deliveries(endpoint.tenant_id, endpoint.id, v_subjects);
  return v_queued;
end
$$;

comment on function booking.queue_deliveries(booking.webhook_endpoints, booking.events[], boolean) is
  'Puts events on their way to an endpoint, each once; again, also those that have been. How many. The caller holds the endpoint''s lock.';

commit;
