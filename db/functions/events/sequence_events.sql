-- Gives every committed event a position. Readers go on after the position they have read, so no event may ever be
-- put before it. The order of writing is not enough: the earlier writer may commit later. Nor do readers wait for the
-- oldest transaction that still runs, for then one long transaction would keep back the events of all tenants. Instead,
-- whoever calls this gives positions to all events that were committed since the last call, in the order of seq. It
-- costs as much as there are new events, whatever runs meanwhile.
--
-- Nothing is skipped: the last snapshot is kept. What is visible now and was not then has been written by a transaction
-- that was in progress then, or has begun since.
--
-- Causes come before effects. If transaction B waited for A, B wrote after A had committed, so seq(B) > seq(A): that
-- decides where one call gives positions to both. And a snapshot that sees B committed sees A committed too, so A's
-- position is never the later one.
begin;
set local role berth_owner;

create function booking.sequence_events(unless_attended boolean default false) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- what is new is a short stretch of an index, which the planner cannot know
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan -- it is the same plan at every call; to make it took 0.7 of 1.0 ms
as $$
declare
  v_lock constant bigint := 'booking.event_sequencer'::regclass::oid::bigint;
  v_batch_size constant integer := case when unless_attended then 10000 else 50000 end;
  v_own constant xid8 := pg_catalog.pg_current_xact_id_if_assigned();
  v_system bigint;
  v_epoch text;
  v_last booking.event_sequencer;
  v_is_foreign boolean;
  v_is_new_epoch boolean;
  v_sequenced integer;
begin
  -- On a standby, and in a snapshot that was taken earlier, there is nothing to do but to read on.
  if pg_catalog.current_setting('transaction_read_only') = 'on'
     or pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    return 0;
  end if;
  -- The lock is held until the caller's transaction ends, and nobody else's events are seen meanwhile. A worker and a
  -- gateway commit at once. Of a member's request nobody knows how long it takes, so it helps out only where neither of
  -- them runs.
  if not unless_attended then
    perform pg_catalog.pg_advisory_xact_lock(v_lock);
  elsif exists (select from booking.event_sequencer s
                 where s.attended_at between pg_catalog.clock_timestamp() - interval '2 seconds' and pg_catalog.clock_timestamp())
        or not pg_catalog.pg_try_advisory_xact_lock(v_lock) then
    return 0;
  end if;

  select c.system_identifier into v_system
    from pg_catalog.pg_control_system() c;
  select s.* into v_last
    from booking.event_sequencer s;
  -- From the WAL: pg_control_checkpoint() has the time line of before a promotion until the first checkpoint after it
  -- ends.
  v_epoch := pg_catalog.format('%s/%s', v_system, pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8));
  -- After a dump was restored in another cluster, transaction ids mean nothing: all is looked at, once. The second
  -- condition is that of a copy of this cluster that has fallen behind the dump.
  v_is_foreign := v_last.system_identifier <> v_system
               or v_last.snapshot_xmax > pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot());
  -- Before the first of all, nobody has read anything.
  v_is_new_epoch := v_last.log_epoch not in ('', v_epoch);
  -- Nobody's request is to put a year of events in order; sequence_events() by hand does.
  if unless_attended and (select pg_catalog.count(*) > 100000
                            from (select from booking.events e
                                   where e.xid >= case when v_is_foreign then '0' else v_last.snapshot_xmax end
                                   limit 100001) e) then
    return 0;
  end if;

  -- One statement, so one snapshot. Own events wait for the next time: this transaction may write more of them.
  with new_events as (
    select e.tenant_id, e.id, e.seq
      from booking.events e
     where not v_is_foreign and e.xid = any (v_last.snapshot_xip) and e.xid is distinct from v_own
    union all
    select e.tenant_id, e.id, e.seq
      from booking.events e
     where not v_is_foreign and e.xid >= v_last.snapshot_xmax and e.xid is distinct from v_own
       -- Of before a restore there may be higher ones.
       and e.xid < pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())
    union all
    select e.tenant_id, e.id, e.seq
      from booking.events e
     where v_is_foreign and e.xid is distinct from v_own
  ), sequenced as (
    insert into booking.event_positions (tenant_id, position, event_id)
    select n.tenant_id, v_last.last_position + pg_catalog.row_number() over (order by n.seq), n.id
      from (select n.*
              from new_events n
             where not exists (select from booking.event_positions p where p.tenant_id = n.tenant_id and p.event_id = n.id)
             order by n.seq
             limit v_batch_size) n
    returning position
  ), found as (
    select pg_catalog.count(*)::integer as n
      from sequenced
  ), looked as (
    update booking.event_sequencer s
       set last_position = s.last_position + f.n,
           -- Where there may be more, the same look again finds it.
           snapshot_xmax = case when f.n < v_batch_size then pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot()) else s.snapshot_xmax end,
           snapshot_xip = case when f.n < v_batch_size
                              then array(select pg_catalog.pg_snapshot_xip(pg_catalog.pg_current_snapshot()) union all select v_own where v_own is not null)
                              else s.snapshot_xip end,
           system_identifier = case when f.n < v_batch_size then v_system else s.system_identifier end,
           log_epoch = v_epoch,
           epoch_starts = case when v_is_new_epoch
                              then (pg_catalog.clock_timestamp() || s.epoch_starts)[:100]
                              else s.epoch_starts end,
           epoch_positions = case when v_is_new_epoch
                                 then (v_last.last_position || s.epoch_positions)[:100]
                                 else s.epoch_positions end,
           attended_at = case when unless_attended then s.attended_at else pg_catalog.clock_timestamp() end
      from found f
     -- Also once a part has turned out to be the last, so that nobody looks at it again.
     where v_is_foreign or v_last.log_epoch <> v_epoch or exists (select from new_events)
        -- It may also be the time of a server whose clock went fast.
        or not unless_attended and s.attended_at not between pg_catalog.clock_timestamp() - interval '1 second' and pg_catalog.clock_timestamp()
  )
  select f.n into v_sequenced
    from found f;
  return v_sequenced;
end
$$;

comment on function booking.sequence_events(boolean) is
  'Gives committed events their positions, so that readers see them, and returns to how many. For a worker and a '
  'gateway, in a transaction of its own. '
  'unless_attended: for readers, which help out where no such process has looked for two seconds and nobody is at it.';
grant execute on function booking.sequence_events(boolean) to authenticated, service_role, berth_gateway, berth_worker,
  berth_jobs;

-- Row level security binds berth_owner to one tenant, so a role owns this that may see where all events stand, and
-- nothing else.
grant usage, create on schema booking to berth_sequencer;
grant select (tenant_id, id, seq, xid) on booking.events to berth_sequencer;
grant select, insert on booking.event_positions to berth_sequencer;
grant select, update on booking.event_sequencer to berth_sequencer;
create policy sequencer_reads on booking.events for select to berth_sequencer using (true);
create policy sequencer_writes on booking.event_positions for all to berth_sequencer using (true);
create policy sequencer_writes on booking.event_sequencer for all to berth_sequencer using (true);
reset role;
alter function booking.sequence_events(boolean) owner to berth_sequencer;
set local role berth_owner;
revoke create on schema booking from berth_sequencer;

commit;
