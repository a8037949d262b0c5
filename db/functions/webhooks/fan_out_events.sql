begin;
set local role berth_owner;

create function booking.fan_out_events(batch_size integer default 100) returns table (events integer, deliveries integer)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_events booking.events[] := array(select e from booking.take_events('webhooks', batch_size) e);
  v_endpoint booking.webhook_endpoints;
begin
  events := pg_catalog.cardinality(v_events);
  deliveries := 0;
  for v_endpoint in
    select w.*
      from booking.webhook_endpoints w
     where w.tenant_id in (select e.tenant_id from pg_catalog.unnest(v_events) e) and w.disabled_at is null
     order by w.tenant_id, w.id
       for no key update
  loop
    deliveries := deliveries + booking.queue_deliveries(v_endpoint, array(
      select e
        from pg_catalog.unnest(v_events) e
       where e.tenant_id = v_endpoint.tenant_id and e.seq > v_endpoint.after_seq
         and e.type like any (booking.type_patterns(v_endpoint.event_types))
         and e.type <> 'webhook_endpoint.test')); -- that is for one endpoint, which has it already
  end loop;
  return next;
end
$$;

comment on function booking.fan_out_events(integer) is
  'Takes the next events from the log and puts each on its way to every live endpoint that wants it and was there '
  'before it. How many events, and how many deliveries they made. '
  'For a role that sees every tenant: berth worker calls it again and again; any number may run at once.';
grant execute on function booking.fan_out_events(integer) to berth_worker;

commit;
