begin;
set local role berth_owner;

create function booking.prune_claims(batch_size integer) returns table (forgotten text, rows bigint)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_before jsonb := booking.swap_settings('{"pruning": "on"}');
  v_resource record;
  v_since timestamptz;
  v_rows bigint;
  v_resources bigint := 0;
  v_claims bigint := 0;
begin
  for v_resource in
    with due as materialized (
      select t.id, booking.kept_months(t.claims_retention) as since
        from booking.tenants t
       where t.claims_retention is not null
    )
    -- In full, and only where nobody is booking at this moment: whoever does holds the share of a foreign key until
    -- they are through, and whoever comes while this is under way finds the past closed. Nobody is waited for.
    select s.tenant_id, s.id, s.capacity, coalesce(s.claims_kept_since, '-infinity') as kept_since, d.since as due_since
      from due d
      join booking.resources s on s.tenant_id = d.id and coalesce(s.claims_kept_since, '-infinity') < d.since
     -- One on which something goes on since then waits for that.
     where not exists (select from booking.reservations r
                        where r.tenant_id = s.tenant_id and r.resource_id = s.id
                          and r.starts_at between s.claims_kept_since and s.claims_kept_since + interval '720:00'
                          and booking.add_elapsed(r.starts_at, -r.buffer_before) = s.claims_kept_since
                          and r.status = any (booking.live_statuses()))
     limit batch_size
       for update of s skip locked
  loop
    -- Up to a blackout, so that no more go at once than asked for.
    v_since := coalesce((
      select b.starts_at
        from booking.blackouts b
       where b.tenant_id = v_resource.tenant_id and b.resource_id = v_resource.id and b.lifted_at is null
         and b.starts_at > v_resource.kept_since and b.starts_at < v_resource.due_since
       order by b.starts_at
      offset greatest((batch_size - v_claims) / v_resource.capacity - 1, 0)
       limit 1), v_resource.due_since);
    -- What still takes time, or may yet, keeps all of its own. (Buffers are at most 30 days.)
    v_since := least(v_since, (
      select pg_catalog.min(booking.add_elapsed(r.starts_at, -r.buffer_before))
        from booking.reservations r
       where r.tenant_id = v_resource.tenant_id and r.resource_id = v_resource.id
         and r.starts_at >= v_resource.kept_since and r.starts_at < v_since + interval '720:00'
         and r.status = any (booking.live_statuses())));
    continue when v_since <= v_resource.kept_since;
    update booking.resources s
       set claims_kept_since = v_since
     where s.tenant_id = v_resource.tenant_id and s.id = v_resource.id;
    delete from booking.claims c
     where c.tenant_id = v_resource.tenant_id and c.resource_id = v_resource.id
       and c.during && pg_catalog.tstzrange(v_resource.kept_since, v_since) and pg_catalog.upper(c.during) <= v_since;
    get diagnostics v_rows = row_count;
    v_resources := v_resources + 1;
    v_claims := v_claims + v_rows;
    exit when v_claims >= batch_size;
  end loop;
  perform booking.swap_settings(v_before);
  return query values ('pasts closed', v_resources), ('claims', v_claims);
end
$$;

comment on function booking.prune_claims(integer) is
  'Moves on, resource by resource, since when claims are kept, by claims_retention, and deletes those that ended '
  'before: blackouts'', for a reservation has none once it is over and the sweep has been there. '
  'It stops before any reservation that is not settled yet. Nothing may take time from before any more. About '
  'batch_size claims at most, of batch_size resources; returns how many resources moved on, and how many claims went. '
  'For a role that sees every tenant; any number may run at once.';

commit;
