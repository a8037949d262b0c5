begin;
set local role berth_owner;

create function booking.find_free_starts(
  tenant_id uuid,
  candidates booking.candidate[],
  terms booking.terms[],
  units integer,
  exclude_ids uuid[] default '{}'
) returns table (rank bigint, resource_id uuid, slot_step interval, timezone text, duration interval, starts tstzmultirange)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
as $$
declare
  v_now timestamptz := booking.now();
begin
  -- A claim forbids the starts of whatever would overlap it, an open range of them; what touches it may start.
  return query
  select k.rank, k.resource_id, t.slot_step, t.timezone, t.duration,
         case when k.capacity = 1
              then t.starts - coalesce(b.starts, '{}') - coalesce(c.starts, '{}') - coalesce(c.gaps, '{}')
                   - case when c.stale is null then '{}'
                          else c.stale * booking.awaited_starts(find_free_starts.tenant_id, k.resource_id, t.buffer_before, t.buffer_after, t.duration) end
              else booking.find_pool_starts(booking.find_resource(find_free_starts.tenant_id, k.resource_id), t.buffer_before, t.buffer_after,
                     t.allow_preemption, t.starts - coalesce(b.starts, '{}'), units, t.duration, exclude_ids) end
    from pg_catalog.unnest(candidates) with ordinality k (resource_id, capacity, terms, rank)
    join pg_catalog.unnest(find_free_starts.terms) t on t.number = k.terms
   cross join lateral (
         select pg_catalog.range_agg(pg_catalog.tstzrange(x.starts_at - t.buffer_after - t.duration, x.ends_at + t.buffer_before, '()')) as starts
           from booking.blackouts x
          where x.tenant_id = find_free_starts.tenant_id and x.resource_id = k.resource_id and x.lifted_at is null
            and x.starts_at < pg_catalog.upper(t.starts) + t.duration + t.buffer_after and x.ends_at > pg_catalog.lower(t.starts) - t.buffer_before) b
   cross join lateral (
         select pg_catalog.range_agg(x.starts) filter (where not x.is_stale) as starts, pg_catalog.range_agg(x.starts) filter (where x.is_stale) as stale,
                -- Right beside a neighbour, or min_gap away.
                pg_catalog.range_agg(pg_catalog.tstzrange(pg_catalog.lower(x.starts) - t.min_gap, pg_catalog.lower(x.starts), '()'))
                  filter (where t.min_gap > '0' and not x.is_stale)
                + pg_catalog.range_agg(pg_catalog.tstzrange(pg_catalog.upper(x.starts), pg_catalog.upper(x.starts) + t.min_gap, '()'))
                  filter (where t.min_gap > '0' and not x.is_stale) as gaps
           from (select pg_catalog.tstzrange(pg_catalog.lower(y.during) - t.buffer_after - t.duration, pg_catalog.upper(y.during) + t.buffer_before, '()') as starts,
                        coalesce(y.expires_at <= v_now, false) as is_stale
                   from booking.tenant_claims y
                  where k.capacity = 1
                    and y.tenant_id = find_free_starts.tenant_id and y.resource_id = k.resource_id
                    and y.during && pg_catalog.tstzrange(pg_catalog.lower(t.starts) - t.buffer_before - coalesce(t.min_gap, '0'),
                                                        pg_catalog.upper(t.starts) + t.duration + t.buffer_after + coalesce(t.min_gap, '0'))
                    and y.source_id <> all (exclude_ids)
                    and (y.expires_at is null or not t.allow_preemption or y.expires_at <= v_now or not booking.yields(y.tenant_id, y.source_id))) x) c
   order by k.rank;
end
$$;

comment on function booking.find_free_starts(uuid, booking.candidate[], booking.terms[], integer, uuid[]) is
  'When a reservation of this length could start on each of these resources: what their terms allow and no claim, '
  'buffers included, and no blackout forbids. Which of these are on the grid, list_starts() tells.';

commit;
