begin;
set local role berth_owner;

create function booking.claim_deliveries(
  max_quick integer,
  max_slow integer,
  endpoints_under_way uuid[] default '{}',
  tenants_under_way uuid[] default '{}'
) returns table (
  tenant_id uuid, endpoint_id uuid, delivery_id uuid, lease_until timestamptz, is_slow boolean,
  url text, secrets text[], event_id uuid, payload text
)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set timezone = 'UTC' -- the payload is the same at every attempt, whoever makes it
set enable_sort = off -- always by the index of what is due: a queue changes faster than its statistics
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
  v_endpoint booking.webhook_endpoints;
  v_free integer;
  v_ids uuid[];
begin
  lease_until := booking.now() + interval '20 seconds';
  delete from booking.webhook_secrets s
   where s.expires_at <= booking.now();
  for v_endpoint in
    -- From endpoint to endpoint through the index of what is due: what one of them has piled up costs nothing.
    with recursive waiting as (
      (select d.tenant_id, d.endpoint_id, d.next_attempt_at
         from booking.webhook_deliveries d
        where d.status in ('pending', 'retrying') and d.next_attempt_at is not null
        order by 1, 2, 3
        limit 1)
      union all
      select n.*
        from waiting w
       cross join lateral (
             select d.tenant_id, d.endpoint_id, d.next_attempt_at
               from booking.webhook_deliveries d
              where (d.tenant_id, d.endpoint_id) > (w.tenant_id, w.endpoint_id)
                and d.status in ('pending', 'retrying') and d.next_attempt_at is not null
              order by 1, 2, 3
              limit 1) n
    )
    select e.*
      from waiting w
      join booking.webhook_endpoints e on e.tenant_id = w.tenant_id and e.id = w.endpoint_id
     where w.next_attempt_at <= booking.now()
     order by e.failing_since is not null, w.next_attempt_at
       for no key update of e skip locked
  loop
    tenant_id := v_endpoint.tenant_id;
    endpoint_id := v_endpoint.id;
    url := v_endpoint.url;
    -- One that has just shown to be quick gets four at a time, any other one; a tenant 32. All this of one worker.
    is_slow := coalesce(v_endpoint.failing_since is not null or v_endpoint.last_latency_ms > 1000, true);
    v_free := least(
      case when is_slow then 1 else 4 end - pg_catalog.cardinality(pg_catalog.array_positions(endpoints_under_way, v_endpoint.id)),
      32 - pg_catalog.cardinality(pg_catalog.array_positions(tenants_under_way, v_endpoint.tenant_id)),
      case when is_slow then max_slow else max_quick end);
    continue when v_free <= 0;
    secrets := array(
      select s.secret
        from booking.webhook_secrets s
       where s.tenant_id = v_endpoint.tenant_id and s.endpoint_id = v_endpoint.id
       order by s.number desc);
    v_ids := array(
      select d.id
        from booking.webhook_deliveries d
       where d.tenant_id = v_endpoint.tenant_id and d.endpoint_id = v_endpoint.id
         and d.status in ('pending', 'retrying') and d.next_attempt_at <= booking.now()
         and coalesce(d.lease_until <= booking.now(), true)
       order by d.next_attempt_at, d.seq
       limit v_free);
    for delivery_id, event_id, payload in
      with leased as (
        update booking.webhook_deliveries d
           set lease_until = claim_deliveries.lease_until
         where d.tenant_id = v_endpoint.tenant_id and d.id = any (v_ids)
        returning d.id, d.tenant_id, d.event_id
      )
      select l.id, e.id, pg_catalog.row_to_json(x)::text
        from leased l
        join booking.events e on e.tenant_id = l.tenant_id and e.id = l.event_id
       cross join lateral (
             select e.id, e.type, e.tenant_id, e.occurred_at, e.actor_id, e.id::text as cursor, booking.event_data(e) as data) x
    loop
      return next;
      tenants_under_way := tenants_under_way || tenant_id;
      max_slow := max_slow - is_slow::integer;
      max_quick := max_quick - (not is_slow)::integer;
    end loop;
  end loop;
end
$$;

comment on function booking.claim_deliveries(integer, integer, uuid[], uuid[]) is
  'Deliveries that are due, each to be made by the caller until lease_until and told to record_attempt(): at most so '
  'many to endpoints that have proved quick, and to others. '
  'endpoints_under_way and tenants_under_way name, for each delivery that the caller is making, its endpoint and its '
  'tenant: a slow or dead endpoint has one under way at a time, so it takes little from the others. '
  'On the way deletes secrets whose time is over. For a role that sees every tenant; any number of workers may claim '
  'at once, none waits for another.';
grant execute on function booking.claim_deliveries(integer, integer, uuid[], uuid[]) to berth_worker;

commit;
