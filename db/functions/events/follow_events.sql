begin;
set local role berth_owner;

create function booking.follow_events(
  after_position bigint,
  tenant_ids uuid[],
  user_ids uuid[],
  batch_size integer default 100
) returns table ("position" bigint, id uuid, type text, resource_id uuid, event text, readers integer[])
language plpgsql stable
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off -- a batch is short, which the planner cannot know
set enable_mergejoin = off
set enable_bitmapscan = off
set enable_sort = off
as $$
begin
  return query
  with batch as materialized (
    select p.position as place, e.*
      from booking.event_positions p
      join booking.events e on e.tenant_id = p.tenant_id and e.id = p.event_id
     where p.position > after_position
     order by p.position
     limit batch_size
  ), audience as materialized (
    select a.n::integer, m.tenant_id, m.user_id, m.role
      from unnest(tenant_ids, user_ids) with ordinality as a (tenant_id, user_id, n)
      join booking.members m on m.tenant_id = a.tenant_id and m.user_id = a.user_id
  ), heard as (
    select b.place, pg_catalog.array_agg(a.n) as readers
      from batch b
      -- The rule of own_or_approver_reads, by which the same people read the same events in list_events.
      join audience a on a.tenant_id = b.tenant_id
                     and (b.owner_id = a.user_id or (b.owner_id is null and b.reservation_id is null) or a.role >= 'approver')
     group by b.place
  )
  select b.place, b.id, b.type, b.resource_id,
         case when h.readers is not null then pg_catalog.row_to_json(shown)::text end,
         coalesce(h.readers, '{}')
    from batch b
    left join heard h on h.place = b.place
    left join lateral (
      select e.id, e.type, e.tenant_id, e.occurred_at, e.actor_id, e.id::text as cursor, booking.event_data(e) as data
        from booking.events e
       where e.tenant_id = b.tenant_id and e.id = b.id
    ) shown on h.readers is not null
   order by b.place;
end
$$;

comment on function booking.follow_events(bigint, uuid[], uuid[], integer) is
  'The next events of all tenants after a position, in order, each with those of an audience who may read it at this '
  'moment, by their numbers in the two lists of equal length, '
  'and, where there are any, as it is sent. One call serves everybody who listens.';
grant execute on function booking.follow_events(bigint, uuid[], uuid[], integer) to berth_gateway;

commit;
