begin;
set local role berth_owner;

create function booking.find_reservations_in_the_way(blackouts booking.blackouts[])
returns table (
  tenant_id uuid, resource_id uuid, id uuid, starts_at timestamptz, ends_at timestamptz, title text,
  status booking.reservation_status, on_conflict text, reason text
)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select r.tenant_id, r.resource_id, r.id, r.starts_at, r.ends_at, r.title, r.status, b.on_conflict, b.reason
    from unnest(blackouts) b
   cross join lateral booking.find_conflicts(b.tenant_id, b.resource_id, tstzrange(b.starts_at, b.ends_at)) c
    join booking.reservations r on r.tenant_id = b.tenant_id and r.id = c.source_id
   where r.ends_at > booking.now() -- what is over is on its way out
$$;

comment on function booking.find_reservations_in_the_way(booking.blackouts[]) is
  'The reservations that have time of these blackouts, once for each unit, with the blackout''s on_conflict and '
  'reason.';

commit;
