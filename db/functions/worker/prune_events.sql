begin;
set local role berth_owner;

create function booking.prune_events(batch_size integer) returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- a batch is a short stretch of an index, which the planner cannot know
set enable_bitmapscan = off
as $$
declare
  v_tenant record;
  v_last record;
  v_rows bigint;
  v_total bigint := 0;
begin
  for v_tenant in
    select t.id, t.pruned_position, t.pruned_id, booking.kept_months(t.events_retention) as due_since
      from booking.tenants t
     where (select e.occurred_at
              from booking.event_positions p
              join booking.events e on e.tenant_id = p.tenant_id and e.id = p.event_id
             where p.tenant_id = t.id and p.position > t.pruned_position
             order by p.position
             limit 1) < booking.kept_months(t.events_retention)
       -- Whoever replays deliveries shares it, so that none is left without its event.
       for no key update of t skip locked
  loop
    -- The oldest, up to the first that is too young, or that somebody needs still.
    select pg_catalog.max(b.position) as position,
           (pg_catalog.array_agg(b.id order by b.id desc))[1] as id
      into v_last
      from (select p.position, p.id,
                   pg_catalog.bool_and(
                     p.occurred_at < v_tenant.due_since
                     and not exists (select from booking.event_consumers c where c.position < p.position)
                     and p.id not in (select d.event_id
                                        from booking.webhook_deliveries d
                                       where d.tenant_id = v_tenant.id and d.status in ('pending', 'retrying')))
                     over (order by p.position) as may_go
              from (select p.position, e.id, e.occurred_at
                      from booking.event_positions p
                      join booking.events e on e.tenant_id = p.tenant_id and e.id = p.event_id
                     where p.tenant_id = v_tenant.id and p.position > v_tenant.pruned_position
                     order by p.position
                     limit batch_size - v_total) p) b
     where b.may_go;
    continue when v_last.position is null;
    -- First it is told, then done: nobody reads on over a gap.
    update booking.tenants t
       set pruned_position = v_last.position, pruned_id = greatest(t.pruned_id, v_last.id),
           events_kept_since = greatest(t.events_kept_since, v_tenant.due_since)
     where t.id = v_tenant.id;
    delete from booking.events e
     using booking.event_positions p
     where p.tenant_id = v_tenant.id and p.position > v_tenant.pruned_position and p.position <= v_last.position
       and e.tenant_id = p.tenant_id and e.id = p.event_id;
    get diagnostics v_rows = row_count;
    delete from booking.event_positions p
     where p.tenant_id = v_tenant.id and p.position < v_last.position;
    v_total := v_total + v_rows;
    exit when v_total >= batch_size;
  end loop;
  return v_total;
end
$$;

comment on function booking.prune_events(integer) is
  'Deletes the oldest events of tenants, at most batch_size: whole months (UTC) that ended longer ago than '
  'events_retention; none that a consumer has not taken, or that a delivery still needs, nor any after such a one. '
  'How many. For a role that sees every tenant; any number may run at once.';

commit;
