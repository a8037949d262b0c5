begin;
set local role berth_owner;

create function booking.list_lengths(span interval, timezone text, starts tstzrange)
returns table (starts_there tstzmultirange, elapses interval)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_calendar interval := booking.calendar_part(span);
begin
  if v_calendar = '0' or pg_catalog.isempty(starts) then
    return query select pg_catalog.tstzmultirange(starts), booking.elapsed(span);
    return;
  end if;
  return query
  with changes as (
    -- What the clock shows right after, had it gone on, and does show.
    select c.at, c.at at time zone timezone as shown, (c.at - interval '1 second') at time zone timezone + interval '1 second' as expected
      from booking.list_clock_changes(
             timezone, pg_catalog.tstzrange(pg_catalog.lower(starts), booking.add_elapsed(pg_catalog.upper(starts), span + interval '96:00'))) c (at)
  ), edges as (
    -- It lasts longer or shorter from where its start, or its end, comes to lie behind a change,
    select c.at from changes c
    union
    -- (of a day that has no midnight, the first moment stands for it, and for no other time)
    select c.at + interval '1 microsecond' from changes c where c.expected::time = '00:00' and c.shown > c.expected
    union
    select e.at
      from changes c
     -- The last days of a month may all lead to the last of another.
     cross join pg_catalog.generate_series(0, case when span >= interval '28 days' then 3 else 0 end) d
     cross join lateral (select greatest(c.shown, c.expected) - v_calendar + d * interval '1 day') l (local_time)
     cross join lateral (values (l.local_time at time zone timezone), (booking.resolve_local_time(l.local_time, timezone, 'shift'))) e (at)
    union
    -- and months from day to day.
    select booking.local_midnight((pg_catalog.lower(starts) at time zone timezone)::date + d, timezone)
      from pg_catalog.generate_series(0, case when span >= interval '28 days'
             then ((pg_catalog.upper(starts) at time zone timezone)::date - (pg_catalog.lower(starts) at time zone timezone)::date) else -1 end) d
    union
    select pg_catalog.lower(starts)
  ), pieces as (
    select e.at, pg_catalog.lead(e.at) over (order by e.at) as next
      from edges e
     where e.at >= pg_catalog.lower(starts) and e.at <= pg_catalog.upper(starts)
  )
  select pg_catalog.range_agg(case when p.next = p.at + interval '1 microsecond' then pg_catalog.tstzrange(p.at, p.at, '[]')
                                   else pg_catalog.tstzrange(p.at, p.next) end * starts),
         booking.elapsed(booking.span_end(p.at, span, timezone) - p.at)
    from pieces p
   group by 2;
end
$$;

comment on function booking.list_lengths(interval, text, tstzrange) is
  'How long a span lasts by the clock that never jumps, for each start in a range: days, months and years count by the '
  'calendar of the zone, as span_end() says; hours as they elapse. One row a length, with the starts from which it is '
  'that.';

commit;
