begin;
set local role berth_owner;

create function booking.follow_events(
  after_horizon xid8,
  after_seq bigint,
  tenant_ids uuid[],
  user_ids uuid[],
  batch_size integer default 100
) returns table (horizon text, seq bigint, type text, resource_id uuid, event text, readers integer[])
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  with batch as materialized (
    select e.*
      from booking.events e
     where (e.horizon, e.seq) > (after_horizon, after_seq)
       and e.horizon < (select booking.log_position(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())))
     order by e.horizon, e.seq
     limit batch_size
  ), audience as materialized (
    select a.n::integer, m.tenant_id, m.user_id, m.role
      from unnest(tenant_ids, user_ids) with ordinality as a (tenant_id, user_id, n)
      join booking.members m on m.tenant_id = a.tenant_id and m.user_id = a.user_id
  ), heard as (
    select b.horizon, b.seq, pg_catalog.array_agg(a.n) as readers
      from batch b
      -- The rule of own_or_approver_reads, by which the same people read the same events in list_events.
      join audience a on a.tenant_id = b.tenant_id
                     and (b.owner_id = a.user_id or (b.owner_id is null and b.reservation_id is null) or a.role >= 'approver')
     group by b.horizon, b.seq
  )
  select b.horizon::text, b.seq, b.type, b.resource_id,
         case when h.readers is not null then pg_catalog.row_to_json(shown)::text end,
         coalesce(h.readers, '{}')
    from batch b
    left join heard h on h.horizon = b.horizon and h.seq = b.seq
    cross join lateral (
      select b.id, b.type, b.tenant_id, b.occurred_at, b.actor_id, b.horizon::text || '.' || b.seq as cursor,
             booking.event_data(row(b.*)::booking.events) as data
    ) shown
   order by b.horizon, b.seq;
end
$$;

comment on function booking.follow_events(xid8, bigint, uuid[], uuid[], integer) is
  'The next events of all tenants after a cursor, in order, each with those of an audience who may read it at this moment, by their numbers in the two lists of equal length, '
  'and, where there are any, as it is sent. One call serves everybody who listens.';
grant execute on function booking.follow_events(xid8, bigint, uuid[], uuid[], integer) to berth_gateway;

commit;
