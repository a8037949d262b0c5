begin;
set local role berth_owner;

create function booking.list_crowded(resource booking.resources, rules booking.booking_rules, reservation booking.reservations) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    with own (during) as (
      select booking.taken_range(reservation.starts_at, reservation.ends_at, rules.buffer_before, rules.buffer_after)
    ), beside as (
      select r.id, r.units, r.starts_at, r.ends_at, t.during, lower(own.during) as own_start
        from own
        join booking.reservations r on r.tenant_id = resource.tenant_id and r.resource_id = resource.id and r.starts_at < booking.add_elapsed(upper(own.during), rules.buffer_before)
       cross join lateral booking.taken_range(r.starts_at, r.ends_at, rules.buffer_before, rules.buffer_after) t (during)
       where r.status = any (resource.blocking_statuses) and (r.expires_at is null or r.expires_at > booking.now()) and t.during && own.during
    )
    select case when reservation.status = any (resource.blocking_statuses)
                     -- Use rises only where one of them begins.
                     and exists (select from beside b
                                  where (select sum(o.units) from beside o where o.during @> greatest(lower(b.during), b.own_start)) > resource.capacity)
                then jsonb_build_array(jsonb_build_object(
                       'code', 'slot_taken', 'limit', jsonb_build_object('buffer_before', rules.buffer_before, 'buffer_after', rules.buffer_after),
                       'conflicts', (select jsonb_agg(jsonb_build_object('reservation_id', b.id, 'starts_at', b.starts_at, 'ends_at', b.ends_at) order by b.starts_at, b.id)
                                       from beside b where b.id <> reservation.id),
                       'hint', 'Others are too near; move it, or them.'))
                else '[]' end);
end
$$;

comment on function booking.list_crowded(booking.resources, booking.booking_rules, booking.reservations) is
  'The violation slot_taken of a reservation that would not fit if all on the resource took the buffers of these rules; none if it would.';

commit;
