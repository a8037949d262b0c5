begin;
set local role berth_owner;

create function booking.consumer_lag() returns table (consumer text, lag interval)
language sql stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- what is new is a short stretch of an index, which the planner cannot know
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  with unsequenced as (
    select e.occurred_at
      from booking.event_sequencer s
     cross join lateral (
           select e.*
             from booking.events e
            where e.xid >= s.snapshot_xmax
           union all
           select e.*
             from booking.events e
            where e.xid = any (s.snapshot_xip)
           union all
           -- Of another cluster, transaction ids mean nothing.
           select e.*
             from booking.events e
            where s.system_identifier <> (select c.system_identifier from pg_catalog.pg_control_system() c)) e
     where not exists (select from booking.event_positions p where p.tenant_id = e.tenant_id and p.event_id = e.id)
     order by e.seq
     limit 1
  )
  select c.name, coalesce(booking.now() - coalesce(e.occurred_at, u.occurred_at), '0')
    from booking.event_consumers c
    left join unsequenced u on true
    left join lateral (
         select e.occurred_at
           from booking.event_positions p
           join booking.events e on e.tenant_id = p.tenant_id and e.id = p.event_id
          where p.position > c.position
          order by p.position
          limit 1) e on true
   order by c.name
$$;

comment on function booking.consumer_lag() is
  'How old the first event is that a consumer has not taken, or that nobody has put in order yet; zero if it has '
  'taken all. For a role that sees every tenant.';
grant execute on function booking.consumer_lag() to berth_worker;

commit;
