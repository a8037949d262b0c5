begin;
set local role berth_owner;

create function api.booking_outcomes(starts_at timestamptz, ends_at timestamptz, bucket text default 'day') returns table (
  bucket_start timestamptz,
  attempts bigint,
  created bigint,
  conflicts bigint,
  outcomes jsonb,
  success_rate numeric,
  conflict_rate numeric,
  median_search_seconds double precision
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.enter_tenant('manager');
  v_bounds timestamptz[];
begin
  perform booking.check_window(starts_at, ends_at, bucket, 10000);
  perform booking.check_log(v_member.tenant_id, starts_at, 'starts_at');
  select booking.list_bounds(booking_outcomes.starts_at, booking_outcomes.ends_at, bucket, t.timezone) into v_bounds
    from booking.tenants t
   where t.id = v_member.tenant_id;

  return query
  with made as (
    -- A series or a bundle was one request; an offer of the waitlist was none.
    select pg_catalog.width_bucket(pg_catalog.min(e.occurred_at), v_bounds) as n
      from booking.events e
     where e.tenant_id = v_member.tenant_id
       and e.occurred_at >= booking_outcomes.starts_at and e.occurred_at < booking_outcomes.ends_at
       and e.type in ('reservation.created', 'reservation.held', 'reservation.pencilled', 'reservation.submitted', 'reservation.confirmed')
       and e.previous = '{}' and e.subject ->> 'waitlist_entry_id' is null
     group by coalesce(e.subject ->> 'series_id', e.subject ->> 'bundle_id', e.reservation_id::text)
  ), seen as (
    select pg_catalog.width_bucket(a.occurred_at, v_bounds) as n, a.outcome, a.search_seconds
      from booking.booking_attempts a
     where a.tenant_id = v_member.tenant_id
       and a.occurred_at >= booking_outcomes.starts_at and a.occurred_at < booking_outcomes.ends_at
  ), counts as (
    select m.n, 'created' as outcome, pg_catalog.count(*) as count
      from made m
     group by m.n
    union all
    select s.n, s.outcome, pg_catalog.count(*)
      from seen s
     where s.outcome <> 'created' -- those the log has
     group by s.n, s.outcome
  ), totals as (
    select c.n, pg_catalog.sum(c.count)::bigint as attempts,
           coalesce(pg_catalog.sum(c.count) filter (where c.outcome = 'created'), 0)::bigint as created,
           coalesce(pg_catalog.sum(c.count) filter (where c.outcome in ('slot_taken', 'blackout')), 0)::bigint as conflicts,
           pg_catalog.jsonb_object_agg(c.outcome, c.count) as outcomes
      from counts c
     group by c.n
  ), searches as (
    select s.n, pg_catalog.percentile_cont(0.5) within group (order by s.search_seconds::double precision) as median
      from seen s
     where s.outcome = 'created'
     group by s.n
  )
  select v_bounds[b.n], coalesce(t.attempts, 0), coalesce(t.created, 0), coalesce(t.conflicts, 0), coalesce(t.outcomes, '{}'),
         pg_catalog.round(t.created::numeric / t.attempts, 4), pg_catalog.round(t.conflicts::numeric / t.attempts, 4), s.median
    from pg_catalog.generate_series(1, pg_catalog.cardinality(v_bounds) - 1) as b (n)
    left join totals t on t.n = b.n
    left join searches s on s.n = b.n
   order by b.n;
end
$$;

comment on function api.booking_outcomes(timestamptz, timestamptz, text) is
  'What became of requests to book, one row for each bucket (hour, day, week from Monday, month, by the tenant''s '
  'clock) that the range touches. For managers and above. '
  'outcomes: {"created": n, "slot_taken": n, ...}, refusals by their slug; attempts: all of them; conflicts: '
  'slot_taken and blackout; success_rate and conflict_rate: their share, null where there were no attempts. '
  'A series or a bundle is one attempt. median_search_seconds: from the last search of its user to a booking. '
  'What was created is counted from the log, whatever road it took; refusals, and the time since the search, are what '
  'the gateway saw: those straight from PostgREST or SQL are missing. '
  '403 forbidden; 400 invalid_time_range, invalid_argument (the log does not go back so far, too: details.kept_since).';
grant execute on function api.booking_outcomes(timestamptz, timestamptz, text) to authenticated, service_role;

commit;
