begin;
set local role berth_owner;

create function booking.verify_invariants() returns table (invariant integer, tenant_id uuid, subject_id uuid, problem text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  -- 1. No two claims of different claimants overlap on one unit.
  select 1, c.tenant_id, c.source_id, pg_catalog.format('its claim on unit %s of %s overlaps another', c.unit, c.resource_id)
    from (select *, pg_catalog.max(pg_catalog.upper(during)) over earlier as taken_until,
                 pg_catalog.lag(claimant) over earlier_rows as claimant_before
            from booking.claims
          window earlier as (partition by tenant_id, resource_id, unit order by during rows between unbounded preceding and 1 preceding),
                 earlier_rows as (partition by tenant_id, resource_id, unit order by during)) c
   where c.taken_until > pg_catalog.lower(c.during)
     and exists (select from booking.claims d
                  where d.tenant_id = c.tenant_id and d.resource_id = c.resource_id and d.unit = c.unit
                    and d.during && c.during and d.claimant <> c.claimant)
  union all
  -- 2. A reservation whose status blocks has exactly its units over its range; any other has none.
  select 2, r.tenant_id, r.id,
         pg_catalog.format('is %s with %s claims, %s of them as they should be; it takes %s', r.status, c.held, c.right_ones, w.wanted)
    from booking.reservations r
    join booking.resources s on s.tenant_id = r.tenant_id and s.id = r.resource_id
   cross join lateral (select case when r.status = any (s.blocking_statuses) then r.units else 0 end) w (wanted)
   cross join lateral (
         select pg_catalog.count(*),
                pg_catalog.count(*) filter (
                  where c.resource_id = r.resource_id and c.claimant = r.id and c.unit between 1 and s.capacity
                    and c.unit = coalesce(r.unit, c.unit) and c.during = booking.taken_range(r.starts_at, r.ends_at, r.buffer_before, r.buffer_after)
                    and c.expires_at is not distinct from r.expires_at)
           from booking.claims c
          where c.tenant_id = r.tenant_id and c.source_id = r.id) c (held, right_ones)
   where c.held <> w.wanted or c.right_ones <> w.wanted
  union all
  select 2, c.tenant_id, c.source_id, 'has claims but no longer exists, or is lifted'
    from booking.claims c
   where not exists (select from booking.reservations r where r.tenant_id = c.tenant_id and r.id = c.source_id)
     and not exists (select from booking.blackouts b
                      where b.tenant_id = c.tenant_id and b.id = c.source_id and b.lifted_at is null
                        and b.resource_id = c.resource_id and pg_catalog.tstzrange(b.starts_at, b.ends_at) @> c.during
                        and c.claimant = '00000000-0000-0000-0000-000000000000' and c.expires_at is null)
  union all
  -- 2, of blackouts: each has all of its time, on every unit, that no reservation has, as far back as claims are kept.
  select 2, b.tenant_id, b.id, pg_catalog.format('leaves unit %s free at %s', u, gap)
    from booking.blackouts b
    join booking.resources s on s.tenant_id = b.tenant_id and s.id = b.resource_id
   cross join pg_catalog.generate_series(1, s.capacity) u
   cross join lateral (
         select pg_catalog.range_agg(c.during)
           from booking.claims c
          where c.tenant_id = b.tenant_id and c.resource_id = b.resource_id and c.unit = u
            and c.during && pg_catalog.tstzrange(b.starts_at, b.ends_at)
            and (c.claimant = c.source_id or c.source_id = b.id)) taken (ranges)
   cross join pg_catalog.unnest(pg_catalog.multirange(pg_catalog.tstzrange(b.starts_at, b.ends_at) * pg_catalog.tstzrange(s.claims_kept_since, null)) - coalesce(taken.ranges, '{}')) gap
   where b.lifted_at is null
  union all
  -- 2, of what is kept no longer: no reservation takes time from before.
  select 2, c.tenant_id, c.source_id, pg_catalog.format('takes time before %s, since when claims are kept', s.claims_kept_since)
    from booking.claims c
    join booking.resources s on s.tenant_id = c.tenant_id and s.id = c.resource_id
   where c.claimant = c.source_id and pg_catalog.lower(c.during) < s.claims_kept_since
  union all
  -- 3. Every status change is a row of reservation_transitions.
  select 3, e.tenant_id, e.reservation_id, pg_catalog.format('event %s: %s to %s is no legal move', e.id, e.from_status, e.to_status)
    from (select *, previous ->> 'status' as from_status, subject ->> 'status' as to_status
            from booking.events where type like 'reservation.%') e
   where (e.from_status is not null or (e.subject ->> 'version')::integer = 1)
     and not exists (select from booking.reservation_transitions t
                      where t.from_status is not distinct from e.from_status::booking.reservation_status
                        and t.to_status = e.to_status::booking.reservation_status)
  union all
  -- 4. Every change has exactly one event, and the last one tells the present status. An id whose row was deleted may
  -- begin anew. Where the log is kept only since some time, those before the first that is there may have gone.
  select 4, r.tenant_id, r.id,
         pg_catalog.format('is %s at version %s, with %s events, the last telling %s at version %s',
                           r.status, r.version, pg_catalog.count(e.seq), pg_catalog.max(e.status) filter (where e.is_last), pg_catalog.max(e.version))
    from booking.reservations r
    join booking.tenants t on t.id = r.tenant_id
    left join (
         select tenant_id, reservation_id, seq, version, status,
                seq >= coalesce(pg_catalog.max(seq) filter (where begins) over same, 0) as since_begun,
                seq = pg_catalog.max(seq) over same as is_last
           from (select e.*, e.version = 1 and (pg_catalog.lag(e.status) over each is null
                                                or pg_catalog.lag(e.status) over each not in (select from_status::text from booking.reservation_transitions where from_status is not null and min_role is not null)) as begins
                   from (select tenant_id, reservation_id, seq, (subject ->> 'version')::integer as version,
                                subject ->> 'status' as status
                           from booking.events where type like 'reservation.%') e
                 window each as (partition by tenant_id, reservation_id order by seq)) e
         window same as (partition by tenant_id, reservation_id)) e
      on e.tenant_id = r.tenant_id and e.reservation_id = r.id and e.since_begun
   group by r.tenant_id, r.id, r.version, r.status, t.events_kept_since
  having pg_catalog.count(e.seq) <> booking.events_due(r.version, pg_catalog.min(e.version), r.created_at, r.updated_at, t.events_kept_since)
      or pg_catalog.max(e.version) <> r.version
      or pg_catalog.max(e.status) filter (where e.is_last) <> r.status::text
  union all
  select 4, b.tenant_id, b.id, pg_catalog.format('is a blackout at version %s, with %s events', b.version, pg_catalog.count(e.seq))
    from booking.blackouts b
    join booking.tenants t on t.id = b.tenant_id
    left join (
         select *, coalesce(pg_catalog.max(seq) filter (where begins) over (partition by tenant_id, subject ->> 'id'), 0) as begun
           from (select *, type = 'blackout.created' and coalesce(pg_catalog.lag(type) over each = 'blackout.lifted', true) as begins
                   from booking.events where type like 'blackout.%'
                 window each as (partition by tenant_id, subject ->> 'id' order by seq)) e) e
      on e.tenant_id = b.tenant_id and e.subject ->> 'id' = b.id::text and e.seq >= e.begun
   group by b.tenant_id, b.id, b.version, t.events_kept_since
  having pg_catalog.count(e.seq) <> booking.events_due(b.version, pg_catalog.min((e.subject ->> 'version')::integer), b.created_at, b.updated_at, t.events_kept_since)
  union all
  select 4, s.tenant_id, s.id, pg_catalog.format('is a series at version %s, with %s events', s.version, pg_catalog.count(e.seq))
    from booking.series s
    join booking.tenants t on t.id = s.tenant_id
    left join (
         select *, coalesce(pg_catalog.max(seq) filter (where type = 'series.created') over (partition by tenant_id, subject ->> 'id'), 0) as begun
           from booking.events where type like 'series.%') e
      on e.tenant_id = s.tenant_id and e.subject ->> 'id' = s.id::text and e.seq >= e.begun
   group by s.tenant_id, s.id, s.version, t.events_kept_since
  having pg_catalog.count(e.seq) <> booking.events_due(s.version, pg_catalog.min((e.subject ->> 'version')::integer), s.created_at, s.updated_at, t.events_kept_since)
  union all
  select 4, w.tenant_id, w.id, pg_catalog.format('is a waitlist entry at version %s, with %s events', w.version, pg_catalog.count(e.seq))
    from booking.waitlist_entries w
    join booking.tenants t on t.id = w.tenant_id
    left join booking.events e on e.tenant_id = w.tenant_id and e.type like 'waitlist.%' and e.subject ->> 'id' = w.id::text
   group by w.tenant_id, w.id, w.version, t.events_kept_since
  having pg_catalog.count(e.seq) <> booking.events_due(w.version, pg_catalog.min((e.subject ->> 'version')::integer), w.created_at, w.updated_at, t.events_kept_since)
  union all
  select 4, p.tenant_id, p.id, pg_catalog.format('is a payment at version %s, with %s events', p.version, pg_catalog.count(e.seq))
    from booking.payments p
    join booking.tenants t on t.id = p.tenant_id
    left join booking.events e on e.tenant_id = p.tenant_id and e.type like 'payment.%' and e.subject ->> 'id' = p.id::text
   group by p.tenant_id, p.id, p.version, t.events_kept_since
  -- That a checkout began is none.
  having pg_catalog.count(e.seq) <> booking.events_due(p.version - 1, pg_catalog.min((e.subject ->> 'version')::integer) - 1, p.created_at, p.updated_at, t.events_kept_since)
  union all
  -- 5. Of the deliveries about one thing, one is always in turn, or the others would wait for ever.
  select 5, d.tenant_id, d.endpoint_id, pg_catalog.format('is a webhook endpoint whose deliveries about %s wait for none', d.subject_id)
    from booking.webhook_deliveries d
   where d.status in ('pending', 'retrying')
   group by d.tenant_id, d.endpoint_id, d.subject_id
  having pg_catalog.count(d.next_attempt_at) = 0
  union all
  -- 8. Every occurrence is one that its series yields, or was moved from one. A deleted one is among its exdates.
  select 8, r.tenant_id, r.id, pg_catalog.format('is an occurrence of %s, which yields none at %s', s.id, r.original_starts_at)
    from booking.series s
   cross join lateral (select coalesce(pg_catalog.array_agg(o.starts_at), '{}') from booking.list_occurrences(s) o) o (starts)
    join booking.reservations r on r.tenant_id = s.tenant_id and r.series_id = s.id
   where not booking.fell_through(r.status)
     and coalesce(r.original_starts_at <> all (o.starts), true)
  union all
  -- 13. Money that came in has bought what it was for, or is to be given back, or was.
  select 13, i.tenant_id, i.payment_id, pg_catalog.format('has paid for %s, which is %s, %s', r.id, r.status, coalesce(r.payment_status, 'free'))
    from booking.payment_items i
    join booking.payments p on p.tenant_id = i.tenant_id and p.id = i.payment_id
    join booking.reservations r on r.tenant_id = i.tenant_id and r.id = i.reservation_id
   where p.status in ('succeeded', 'refund_due', 'refunded') and i.refund is null
     and (r.payment_status is distinct from 'paid'
          or not (r.status = any (booking.use_statuses()) or (r.status = 'cancelled' and r.is_late)))
  union all
  select 13, p.tenant_id, p.id, pg_catalog.format('is %s and owes %s; of its items %s is due', p.status, p.refund_amount, i.due)
    from booking.payments p
   cross join lateral (
         select coalesce(pg_catalog.sum(i.amount) filter (where i.refund = 'due'), 0), coalesce(pg_catalog.sum(i.amount), 0),
                pg_catalog.count(*) filter (where i.refund is not null)
           from booking.payment_items i
          where i.tenant_id = p.tenant_id and i.payment_id = p.id) i (due, total, given_back)
   where i.due <> p.refund_amount or i.total <> p.amount or (i.given_back > 0 and p.status not in ('refund_due', 'refunded'))
  union all
  -- And nothing that is to be paid is had without.
  select 13, r.tenant_id, r.id, pg_catalog.format('is %s, %s, with %s payments', r.status, r.payment_status, pg_catalog.count(p.id))
    from booking.reservations r
    left join booking.payment_items i on i.tenant_id = r.tenant_id and i.reservation_id = r.id and (i.refund is null or r.status = 'cancelled')
    left join booking.payments p on p.tenant_id = i.tenant_id and p.id = i.payment_id and p.status in ('succeeded', 'refund_due', 'refunded')
   where r.payment_status = 'paid'
      or (r.payment_status in ('quoted', 'unpaid') and r.status = any (booking.use_statuses()))
   group by r.tenant_id, r.id, r.status, r.payment_status
  having r.payment_status <> 'paid' or pg_catalog.count(p.id) < 1
  union all
  -- 11. The rules that a booking meets are those that its resource's rows result in.
  select 11, t.id, coalesce(r.resource_id, l.resource_id), 'goes by other rules than those that are set for it'
    from booking.tenants t
   cross join lateral booking.list_resolved_rules(t.id) l
    full join booking.resolved_rules r on r.tenant_id = t.id and r.resource_id = l.resource_id
   where r is distinct from l
$$;

comment on function booking.verify_invariants() is
  'One row for each violation of what Berth promises; none, ever. For a role that sees every tenant: berth doctor '
  'runs it.';

commit;
