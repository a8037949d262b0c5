begin;
set local role berth_owner;

create function booking.queue_deliveries(endpoint booking.webhook_endpoints, events booking.events[]) returns integer
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_queued integer := 0;
  v_rows integer;
  v_due_at timestamptz := booking.now();
begin
  -- First as in turn, which one about each thing can be; then what is left, waiting. The unique indexes decide.
  for i in 1 .. 2 loop
    insert into booking.webhook_deliveries (tenant_id, endpoint_id, event_id, event_type, seq, subject_id, next_attempt_at)
    select endpoint.tenant_id, endpoint.id, e.id, e.type, e.seq, coalesce(e.reservation_id::text, e.subject ->> 'id', e.id::text), v_due_at
      from pg_catalog.unnest(events) e
     order by e.seq
        on conflict do nothing;
    get diagnostics v_rows = row_count;
    v_queued := v_queued + v_rows;
    v_due_at := null;
  end loop;
  return v_queued;
end
$$;

comment on function booking.queue_deliveries(booking.webhook_endpoints, booking.events[]) is
  'Puts those events on their way to an endpoint that are not yet, each thing''s in their order. How many. The caller '
  'holds the endpoint''s lock.';

commit;
