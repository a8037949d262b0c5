begin;
set local role berth_owner;

create function booking.list_open_ranges(resources booking.resources[], during tstzrange) returns table (resource_id uuid, ranges tstzmultirange)
language sql stable
set search_path = pg_catalog, pg_temp
set enable_nestloop = off -- a plan made for a few would take the square of the time for a thousand
as $$
  with subjects as materialized (
    select s.tenant_id, s.id, s.kind, s.timezone,
           case when exists (select from booking.opening_hours h where h.tenant_id = s.tenant_id and h.resource_id = s.id)
                  or exists (select from booking.opening_exceptions e where e.tenant_id = s.tenant_id and e.resource_id = s.id)
                then s.id::text else '' end as own
      from unnest(resources) s
  ), schedules as materialized (
    -- Resources of one kind and zone without rows of their own have the same hours.
    select row_number() over () as n, d.*,
           (lower(during) at time zone d.timezone)::date - 1 as first_day, -- it may be open past midnight
           least((upper(during) at time zone d.timezone)::date, (lower(during) at time zone d.timezone)::date + 18262) as last_day
      from (select distinct s.tenant_id, s.timezone, s.kind, s.own from subjects s) d
  ), scopes as (
    -- Whose rows are looked for, the most specific last.
    select d.n, d.tenant_id, d.timezone, d.first_day, d.last_day, k.scope, k.key
      from schedules d
     cross join lateral (values (0, ''), (1, d.kind), (2, d.own)) as k (scope, key)
     where k.scope < 2 or k.key <> ''
  ), usual as materialized (
    select k.n, h.weekday, h.opens, h.closes, h.valid_from, h.valid_to, k.scope, max(k.scope) over (partition by k.n) as scope_that_counts
      from booking.opening_hours h
      join scopes k on k.tenant_id = h.tenant_id and k.key = coalesce(h.resource_id::text, h.kind, '')
       and k.scope = case when h.resource_id is not null then 2 when h.kind is not null then 1 else 0 end
  ), exceptions as materialized (
    select k.n, k.timezone, e.date, e.opens, e.closes, k.scope, max(k.scope) over (partition by k.n, e.date) as scope_that_counts
      from booking.opening_exceptions e
      join scopes k on k.tenant_id = e.tenant_id and k.key = coalesce(e.resource_id::text, e.kind, '')
       and k.scope = case when e.resource_id is not null then 2 when e.kind is not null then 1 else 0 end
       and e.date between k.first_day and k.last_day
  ), days as materialized (
    select d.n, d.timezone, t::date as day, date_part('isodow', t)::integer as weekday
      from schedules d
     cross join lateral generate_series(d.first_day::timestamp, d.last_day::timestamp, '1 day') t
     where not exists (select from exceptions e where e.n = d.n and e.date = t::date)
  ), stretches as materialized (
    select d.n, d.timezone, d.day + u.opens as opens, case when u.closes > u.opens then d.day else d.day + 1 end + u.closes as closes
      from days d
      join usual u on u.n = d.n and u.weekday = d.weekday and u.scope = u.scope_that_counts
       and (d.day >= u.valid_from) is not false and (d.day <= u.valid_to) is not false
    union all
    select e.n, e.timezone, e.date + e.opens, case when e.closes > e.opens then e.date else e.date + 1 end + e.closes
      from exceptions e
     where e.scope = e.scope_that_counts and e.opens is not null
    union all
    -- Always open, but for some days.
    select d.n, d.timezone, d.day + time '00:00', d.day + time '24:00'
      from days d
     where d.n in (select e.n from exceptions e) and d.n not in (select u.n from usual u)
  ), instants as materialized (
    -- Each local time once: it is what takes long.
    select l.timezone, l.at, booking.resolve_local_time(l.at, l.timezone, 'shift') as instant
      from (select t.timezone, t.opens as at from stretches t
            union
            select t.timezone, t.closes from stretches t) l
  ), opened as (
    select t.n, range_agg(tstzrange(o.instant, c.instant)) as ranges
      from stretches t
      join instants o on o.timezone = t.timezone and o.at = t.opens
      join instants c on c.timezone = t.timezone and c.at = t.closes
     where o.instant < c.instant
     group by t.n
  )
  select s.id,
         coalesce(o.ranges,
                  case when d.n in (select u.n from usual u) or d.n in (select e.n from exceptions e) then '{}' else '{(,)}' end::tstzmultirange)
    from subjects s
    join schedules d on d.tenant_id = s.tenant_id and d.timezone = s.timezone and d.kind = s.kind and d.own = s.own
    left join opened o on o.n = d.n
$$;

comment on function booking.list_open_ranges(booking.resources[], tstzrange) is
  'What open_ranges() says, of many resources at once.';

commit;
