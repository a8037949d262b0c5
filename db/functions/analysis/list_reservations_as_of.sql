begin;
set local role berth_owner;

create function booking.list_reservations_as_of(resource booking.resources, during tstzrange, at timestamptz) returns setof booking.reservations
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with candidates as (
    -- Whatever was there then is there still, or has left by a change since. (Buffers are at most 30 days.)
    select r.id
      from booking.reservations r
     where r.tenant_id = resource.tenant_id and r.resource_id = resource.id
       and r.starts_at < upper(during) + interval '720:00' and r.ends_at > lower(during) - interval '720:00'
    union
    select e.reservation_id
      from booking.events e
     where e.tenant_id = resource.tenant_id and e.resource_id = resource.id and e.occurred_at > at
       and (e.previous <> '{}' or e.type = 'blackout.lifted') and e.reservation_id is not null
    union
    select e.reservation_id
      from booking.events e
     where e.tenant_id = resource.tenant_id and e.occurred_at > at
       and e.previous ? 'resource_id' and e.previous ->> 'resource_id' = resource.id::text and e.reservation_id is not null
  ), states as (
    -- Before the first change since, it was as that found it; if there was none, it is so now.
    select coalesce(changed.state, (select to_jsonb(r) from booking.reservations r where r.tenant_id = resource.tenant_id and r.id = c.id)) as state
      from candidates c
      left join lateral (
           select e.subject || e.previous as state
             from booking.events e
            where e.tenant_id = resource.tenant_id and e.reservation_id = c.id and e.occurred_at > at and e.previous <> '{}'
            order by e.seq
            limit 1) changed on true
  )
  select r.*
    from states s
   cross join lateral jsonb_populate_record(null::booking.reservations, s.state) r
   where r.resource_id = resource.id and r.created_at <= at
     and r.status = any (resource.blocking_statuses) and (r.expires_at is null or r.expires_at > at)
     and booking.taken_range(r.starts_at, r.ends_at, r.buffer_before, r.buffer_after) && during
$$;

comment on function booking.list_reservations_as_of(booking.resources, tstzrange, timestamptz) is
  'The reservations that had some of this time at that instant, as they were then; the resource is given as it was '
  'then.';

commit;
