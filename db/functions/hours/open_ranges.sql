begin;
set local role berth_owner;

create function booking.open_ranges(resource booking.resources, during tstzrange) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
as $$
declare
  v_first date := (pg_catalog.lower(during) at time zone resource.timezone)::date - 1; -- it may be open past midnight
  v_last date := least((pg_catalog.upper(during) at time zone resource.timezone)::date, v_first + 18263); -- 50 years: it looks at every day
  v_scope integer;
begin
  -- How specific the rows are that count: 2 for the resource's own, 1 for its kind's, 0 for the tenant's.
  select pg_catalog.max(case when h.resource_id is not null then 2 when h.kind is not null then 1 else 0 end) into v_scope
    from booking.opening_hours h
   where h.tenant_id = resource.tenant_id
     and (h.resource_id = resource.id or (h.resource_id is null and coalesce(h.kind, resource.kind) = resource.kind));
  if v_scope is null
     and not exists (select from booking.opening_exceptions e
                      where e.tenant_id = resource.tenant_id and e.date between v_first and v_last
                        and (e.resource_id = resource.id or (e.resource_id is null and coalesce(e.kind, resource.kind) = resource.kind))) then
    return '{(,)}';
  end if;
  return coalesce((
    with exceptions as (
      select e.date, e.opens, e.closes,
             case when e.resource_id is not null then 2 when e.kind is not null then 1 else 0 end as scope,
             pg_catalog.max(case when e.resource_id is not null then 2 when e.kind is not null then 1 else 0 end) over (partition by e.date) as scope_that_counts
        from booking.opening_exceptions e
       where e.tenant_id = resource.tenant_id and e.date between v_first and v_last
         and (e.resource_id = resource.id or (e.resource_id is null and coalesce(e.kind, resource.kind) = resource.kind))
    ), days as (
      select d::date as day
        from pg_catalog.generate_series(v_first::timestamp, v_last::timestamp, '1 day') d
    ), stretches as (
      select e.date as day, e.opens, e.closes
        from exceptions e
       where e.scope = e.scope_that_counts and e.opens is not null
      union all
      select d.day, h.opens, h.closes
        from days d
        join booking.opening_hours h on h.tenant_id = resource.tenant_id and h.weekday = pg_catalog.date_part('isodow', d.day)
         and case v_scope when 2 then h.resource_id = resource.id when 1 then h.kind = resource.kind else h.resource_id is null and h.kind is null end
         and (d.day >= h.valid_from) is not false and (d.day <= h.valid_to) is not false
       where d.day not in (select e.date from exceptions e)
      union all
      select d.day, '00:00', '24:00'
        from days d
       where v_scope is null and d.day not in (select e.date from exceptions e)
    )
    select pg_catalog.range_agg(pg_catalog.tstzrange(s.opens_at, s.closes_at))
      from (select booking.resolve_local_time(t.day + t.opens, resource.timezone, 'shift') as opens_at,
                   booking.resolve_local_time(case when t.closes > t.opens then t.day else t.day + 1 end + t.closes, resource.timezone, 'shift') as closes_at
              from stretches t) s
     where s.opens_at < s.closes_at), '{}');
end
$$;

comment on function booking.open_ranges(booking.resources, tstzrange) is
  'When a resource is open around a range (whole days of its wall clock), by its hours and their exceptions; '
  'everything where it has neither. Of what has, the days after the first 50 years count as closed. Blackouts do not '
  'count here.';
grant execute on function booking.open_ranges(booking.resources, tstzrange) to authenticated, service_role;

commit;
