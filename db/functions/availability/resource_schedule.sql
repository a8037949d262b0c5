begin;
set local role berth_owner;

create function api.resource_schedule(resource_id uuid, starts_at timestamptz, ends_at timestamptz) returns setof booking.stretch
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
as $$
declare
  v_member booking.members := booking.enter_tenant();
  v_resource booking.resources := booking.find_resource(v_member.tenant_id, resource_id);
  v_range boolean := booking.check_time_range(starts_at, ends_at);
  v_during tstzrange := pg_catalog.tstzrange(starts_at, ends_at);
  v_open tstzmultirange;
begin
  if ends_at > booking.add_elapsed(starts_at, '366 days') then
    perform booking.raise_error(400, 'invalid_time_range', 'Ask for at most 366 days at once.',
      pg_catalog.jsonb_build_object('starts_at', starts_at, 'ends_at', ends_at));
  end if;
  -- Of what is not kept nothing is free.
  v_open := booking.open_ranges(v_resource, v_during) * pg_catalog.tstzmultirange(pg_catalog.tstzrange(v_resource.claims_kept_since, null));
  return query
  with taken as materialized (
    select c.source_id, c.during, pg_catalog.count(*)::integer as units
      from booking.tenant_claims c
     where c.tenant_id = v_resource.tenant_id and c.resource_id = v_resource.id and c.during && v_during
       and c.claimant = c.source_id and (c.expires_at is null or c.expires_at > booking.now())
     group by c.source_id, c.during
  ), closures as materialized (
    select b.id, b.kind, b.reason, pg_catalog.tstzrange(b.starts_at, b.ends_at) as during
      from booking.blackouts b
     where b.tenant_id = v_resource.tenant_id and b.resource_id = v_resource.id and b.lifted_at is null
       and b.starts_at < resource_schedule.ends_at and b.ends_at > resource_schedule.starts_at
  ), edges as (
    select resource_schedule.starts_at as at
     union select pg_catalog.lower(t.during) from taken t
     union select pg_catalog.upper(t.during) from taken t
     union select pg_catalog.lower(b.during) from closures b
     union select pg_catalog.upper(b.during) from closures b
     union select e.at
             from pg_catalog.unnest(v_open - (select coalesce(pg_catalog.range_agg(b.during), '{}') from closures b)) o
            cross join lateral (values (pg_catalog.lower(o)), (pg_catalog.upper(o))) e (at)
  ), pieces as (
    select pg_catalog.tstzrange(e.at, pg_catalog.lead(e.at, 1, resource_schedule.ends_at) over (order by e.at)) as during
      from edges e
     where v_during @> e.at
  )
  select pg_catalog.lower(p.during), pg_catalog.upper(p.during),
         case when r.units = v_resource.capacity then 'busy' when b.id is not null then 'blackout' when not p.during <@ v_open then 'closed' else 'free' end,
         r.units,
         case when b.id is null and p.during <@ v_open then v_resource.capacity - r.units else 0 end,
         case when b.id is not null and r.units < v_resource.capacity then b.reason::text when r.sources = 1 then r.reservations -> 0 ->> 'title' end,
         case when r.sources = 1 then (r.reservations -> 0 ->> 'status')::booking.reservation_status end,
         case when r.sources = 1 then (r.reservations -> 0 ->> 'reservation_id')::uuid end,
         b.id, b.kind, r.reservations
    from pieces p
   cross join lateral (
         select coalesce(pg_catalog.sum(t.units), 0)::integer as units, pg_catalog.count(*) as sources,
                coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('reservation_id', x.id, 'title', x.title, 'status', x.status, 'units', t.units)
                                              order by x.starts_at, x.id) filter (where x.id is not null), '[]') as reservations
           from taken t
           left join booking.reservations x on x.tenant_id = v_resource.tenant_id and x.id = t.source_id
            -- Whose and what it is only for those who may see it.
            and (x.owner_id = v_member.user_id or v_member.role >= 'approver')
          where t.during @> p.during) r
    left join lateral (
         select c.id, c.kind, c.reason
           from closures c
          where c.during @> p.during
          order by c.during, c.id
          limit 1) b on true
   order by p.during;
end
$$;

comment on function api.resource_schedule(uuid, timestamptz, timestamptz) is
  'A range of at most 366 days of one resource, in order and without a gap, as stretches during which nothing changes: kind free, busy (reservations, with their buffers, have every unit), closed (opening hours, or too long ago to be entered) or blackout, '
  'units_used by reservations, units_free. reservations lists those of them that you may see, with title, status and units; title, status and reservation_id are those of the only one, or, of a blackout, title its reason. '
  '400 invalid_time_range; 403 forbidden; 404 not_found.';
grant execute on function api.resource_schedule(uuid, timestamptz, timestamptz) to authenticated, service_role;

commit;
