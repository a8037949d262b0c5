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
    select t.id, t.pruned_horizon, t.pruned_seq, booking.kept_months(t.events_retention) as due_since
      from booking.tenants t
     where (select e.occurred_at
              from booking.events e
             where e.tenant_id = t.id and (e.horizon, e.seq) > (t.pruned_horizon, t.pruned_seq)
             order by e.horizon, e.seq
             limit 1) < booking.kept_months(t.events_retention)
       -- Whoever replays deliveries shares it, so that none is left without its event.
       for no key update of t skip locked
  loop
    -- The oldest, up to the first that is too young, or that somebody needs still.
    select b.horizon, b.seq into v_last
      from (select e.horizon, e.seq,
                   pg_catalog.bool_and(
                     e.occurred_at < v_tenant.due_since
                     and not exists (select from booking.event_consumers c where (c.horizon, c.seq) < (e.horizon, e.seq))
                     and (e.horizon, e.seq) not in (select d.horizon, d.seq
                                                      from booking.webhook_deliveries d
                                                     where d.tenant_id = v_tenant.id and d.status in ('pending', 'retrying')))
                     over (order by e.horizon, e.seq) as may_go
              from (select e.horizon, e.seq, e.occurred_at
                      from booking.events e
                     where e.tenant_id = v_tenant.id and (e.horizon, e.seq) > (v_tenant.pruned_horizon, v_tenant.pruned_seq)
                     order by e.horizon, e.seq
                     limit batch_size - v_total) e) b
     where b.may_go
     order by b.horizon desc, b.seq desc
     limit 1;
    continue when not found;
    -- First it is told, then done: nobody reads on over a gap.
    update booking.tenants t
       set pruned_horizon = v_last.horizon, pruned_seq = v_last.seq,
           events_kept_since = greatest(t.events_kept_since, v_tenant.due_since)
     where t.id = v_tenant.id;
    delete from booking.events e
     where e.tenant_id = v_tenant.id
       and (e.horizon, e.seq) > (v_tenant.pruned_horizon, v_tenant.pruned_seq) and (e.horizon, e.seq) <= (v_last.horizon, v_last.seq);
    get diagnostics v_rows = row_count;
    v_total := v_total + v_rows;
    exit when v_total >= batch_size;
  end loop;
  return v_total;
end
$$;

comment on function booking.prune_events(integer) is
  'Deletes the oldest events of tenants, at most batch_size: whole months (UTC) that ended longer ago than events_retention; none that a consumer has not taken, or that a delivery still needs, nor any after such a one. '
  'How many. For a role that sees every tenant; any number may run at once.';

commit;
