begin;
set local role berth_owner;

create function api.resource_utilization(
  starts_at timestamptz,
  ends_at timestamptz,
  bucket text default 'day',
  resource_ids uuid[] default null
) returns table (
  resource_id uuid,
  bucket_start timestamptz,
  open_minutes double precision,
  booked_minutes double precision,
  utilization numeric,
  bookings bigint,
  no_shows bigint
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.enter_tenant('manager');
  v_window tstzmultirange;
  v_resources booking.resources[];
  v_ids uuid[];
begin
  perform booking.check_list('resource_ids', resource_ids, 1000);
  v_resources := array(
    select s
      from booking.resources s
     where s.tenant_id = v_member.tenant_id
       and (s.id = any (resource_utilization.resource_ids) or (resource_utilization.resource_ids is null and s.is_active)));
  perform booking.check_window(starts_at, ends_at, bucket, 100000 / greatest(pg_catalog.cardinality(v_resources), 1));
  v_window := pg_catalog.tstzmultirange(pg_catalog.tstzrange(starts_at, ends_at));
  v_ids := array(select s.id from pg_catalog.unnest(v_resources) s);

  return query
  with zones as materialized (
    select z.timezone, booking.list_bounds(resource_utilization.starts_at, resource_utilization.ends_at, bucket, z.timezone) as bounds
      from (select distinct s.timezone from pg_catalog.unnest(v_resources) s) z
  ), subjects as materialized (
    select s.id, s.capacity, z.bounds
      from pg_catalog.unnest(v_resources) s
      join zones z on z.timezone = s.timezone
  ), closures as materialized (
    select b.resource_id, pg_catalog.range_agg(pg_catalog.tstzrange(b.starts_at, b.ends_at)) as ranges
      from booking.blackouts b
     where b.tenant_id = v_member.tenant_id and b.resource_id = any (v_ids) and b.lifted_at is null
       and b.starts_at < resource_utilization.ends_at and b.ends_at > resource_utilization.starts_at
     group by b.resource_id
  ), stretches as (
    select o.resource_id, pg_catalog.lower(open) as since, pg_catalog.upper(open) as upto,
           null::integer as units, false as begins, false as is_no_show
      from booking.list_open_ranges(v_resources, pg_catalog.tstzrange(resource_utilization.starts_at, resource_utilization.ends_at)) o
      left join closures c on c.resource_id = o.resource_id
     cross join lateral pg_catalog.unnest(o.ranges * v_window - coalesce(c.ranges, '{}')) open
    union all
    select u.*
      from booking.list_use(v_member.tenant_id, v_ids, resource_utilization.starts_at, resource_utilization.ends_at) u
  ), pieces as (
    -- Cut where a bucket ends. One that nothing is left of counts all the same, where it begins.
    select t.id, b.n, t.units, t.begins and b.n = t.first as begins, t.is_no_show,
           coalesce(t.units, t.capacity)
             * pg_catalog.date_part('epoch', least(t.upto, t.bounds[b.n + 1]) - greatest(t.since, t.bounds[b.n])) / 60 as minutes
      from (select s.*, t.*, pg_catalog.width_bucket(t.since, s.bounds) as first,
                   pg_catalog.width_bucket(greatest(t.since, t.upto - interval '1 microsecond'), s.bounds) as last
              from stretches t
              join subjects s on s.id = t.resource_id) t
     cross join lateral pg_catalog.generate_series(t.first, t.last) as b (n)
  ), totals as (
    select p.id, p.n,
           pg_catalog.sum(p.minutes) filter (where p.units is null) as open_minutes,
           pg_catalog.sum(p.minutes) filter (where p.units is not null) as booked_minutes,
           pg_catalog.count(*) filter (where p.begins) as bookings,
           pg_catalog.count(*) filter (where p.begins and p.is_no_show) as no_shows
      from pieces p
     group by p.id, p.n
  ), buckets as materialized (
    -- Before they are joined: each row would carry all bounds along.
    select s.id, b.n, s.bounds[b.n] as since
      from subjects s
     cross join lateral pg_catalog.generate_series(1, pg_catalog.cardinality(s.bounds) - 1) as b (n)
  )
  select b.id, b.since, coalesce(t.open_minutes, 0), coalesce(t.booked_minutes, 0),
         pg_catalog.round((coalesce(t.booked_minutes, 0) / nullif(t.open_minutes, 0))::numeric, 4),
         coalesce(t.bookings, 0), coalesce(t.no_shows, 0)
    from buckets b
    left join totals t on t.id = b.id and t.n = b.n
   order by b.id, b.n;
end
$$;

comment on function api.resource_utilization(timestamptz, timestamptz, text, uuid[]) is
  'How resources are used, one row for each and each bucket (hour, day, week from Monday, month, by its own clock) '
  'that the range touches; all active resources, or those of resource_ids. For managers and above. '
  'Minutes are unit-minutes: an hour of a pool of three is 180. open_minutes: the opening hours (always, where there '
  'are none), less blackouts. '
  'booked_minutes: confirmed, checked_in, completed and no_show reservations without their buffers; of one completed '
  'early, or a no-show, until then. '
  'utilization: booked by open, more than 1 where it was booked beyond its hours or into a blackout, null where it was '
  'not open. '
  'bookings and no_shows (which are among them) count where they begin. Sorted by utilization.desc.nullslast, the '
  'busiest come first. '
  '403 forbidden; 400 invalid_time_range, invalid_argument (the bucket; or more than 100,000 rows).';
grant execute on function api.resource_utilization(
  timestamptz, timestamptz, text, uuid[]
) to authenticated, service_role;

commit;
