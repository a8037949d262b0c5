begin;
set local role berth_owner;

create function api.peak_hours(starts_at timestamptz, ends_at timestamptz) returns table (
  weekday integer,
  hour integer,
  booked_minutes double precision,
  bookings bigint
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.enter_tenant('manager');
begin
  perform booking.check_window(starts_at, ends_at, 'hour', 24 * 366);

  return query
  with zones as materialized (
    select z.timezone, booking.list_bounds(peak_hours.starts_at, peak_hours.ends_at, 'hour', z.timezone) as bounds
      from (select distinct s.timezone from booking.resources s where s.tenant_id = v_member.tenant_id) z
  ), pieces as (
    select t.bounds[b.n] at time zone t.timezone as at, t.begins and b.n = t.first as begins,
           t.units * pg_catalog.date_part('epoch', least(t.upto, t.bounds[b.n + 1]) - greatest(t.since, t.bounds[b.n])) / 60 as minutes
      from (select u.*, z.*, pg_catalog.width_bucket(u.since, z.bounds) as first,
                   pg_catalog.width_bucket(greatest(u.since, u.upto - interval '1 microsecond'), z.bounds) as last
              from booking.list_use(
                     v_member.tenant_id, array(select s.id from booking.resources s where s.tenant_id = v_member.tenant_id),
                     peak_hours.starts_at, peak_hours.ends_at) u
              join booking.resources s on s.tenant_id = v_member.tenant_id and s.id = u.resource_id
              join zones z on z.timezone = s.timezone) t
     cross join lateral pg_catalog.generate_series(t.first, t.last) as b (n)
  ), totals as (
    select pg_catalog.date_part('isodow', p.at)::integer as weekday, pg_catalog.date_part('hour', p.at)::integer as hour,
           pg_catalog.sum(p.minutes) as minutes, pg_catalog.count(*) filter (where p.begins) as bookings
      from pieces p
     group by 1, 2
  )
  select d.weekday, h.hour, coalesce(t.minutes, 0), coalesce(t.bookings, 0)
    from pg_catalog.generate_series(1, 7) as d (weekday)
   cross join pg_catalog.generate_series(0, 23) as h (hour)
    left join totals t on t.weekday = d.weekday and t.hour = h.hour
   order by d.weekday, h.hour;
end
$$;

comment on function api.peak_hours(timestamptz, timestamptz) is
  'When it is busy: a row for each hour (0 to 23) of each weekday (ISO: 1 is Monday) by the clock of each resource, '
  'with the unit-minutes booked in it in all of the range, as resource_utilization counts them, '
  'and how many bookings begin in it. For managers and above. 403 forbidden; 400 invalid_time_range, invalid_argument '
  '(more than a year).';
grant execute on function api.peak_hours(timestamptz, timestamptz) to authenticated, service_role;

commit;
