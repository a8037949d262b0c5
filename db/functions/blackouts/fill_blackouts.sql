begin;
set local role berth_owner;

create function booking.fill_blackouts(blackouts booking.blackouts[]) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into booking.claims (tenant_id, resource_id, unit, during, claimant, source_id)
  select b.tenant_id, b.resource_id, u, gap, '00000000-0000-0000-0000-000000000000', b.id
    from unnest(blackouts) b
    join booking.resources s on s.tenant_id = b.tenant_id and s.id = b.resource_id
   cross join generate_series(1, s.capacity) u
   cross join lateral (
         select range_agg(c.during)
           from booking.tenant_claims c
          where c.tenant_id = b.tenant_id and c.resource_id = b.resource_id and c.unit = u
            and c.during && tstzrange(b.starts_at, b.ends_at)
            -- Another blackout's claim is no obstacle: all claim as one.
            and (c.claimant = c.source_id or c.source_id = b.id)) taken (ranges)
   cross join unnest(multirange(tstzrange(b.starts_at, b.ends_at) * tstzrange(s.claims_kept_since, null)) - coalesce(taken.ranges, '{}')) gap
   where b.lifted_at is null
   order by b.tenant_id, b.resource_id, u, gap;
end
$$;

comment on function booking.fill_blackouts(booking.blackouts[]) is
  'Takes for blackouts all of their time, on every unit, that no reservation has, as far back as the resource''s '
  'claims are kept. The caller holds the locks of their resources.';

commit;
