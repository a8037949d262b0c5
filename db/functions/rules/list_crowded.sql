begin;
set local role berth_owner;

create function booking.list_crowded(resource booking.resources, rules booking.booking_rules, reservation booking.reservations) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_own tstzrange := booking.taken_range(reservation.starts_at, reservation.ends_at, rules.buffer_before, rules.buffer_after);
  v_from timestamptz := booking.add_elapsed(lower(v_own), -rules.buffer_after);
  v_until timestamptz := booking.add_elapsed(upper(v_own), rules.buffer_before);
begin
  if reservation.status <> all (resource.blocking_statuses) then
    return '[]';
  end if;
  return (
    with beside as (
      select r.id, r.units, r.starts_at, r.ends_at, t.during
        -- What blocks has claims, and their index knows what is near.
        from (select distinct c.source_id
                from booking.find_conflicts(resource.tenant_id, resource.id, tstzrange(v_from, v_until)) c) c
        join booking.reservations r on r.tenant_id = resource.tenant_id and r.id = c.source_id
       cross join lateral booking.taken_range(r.starts_at, r.ends_at, rules.buffer_before, rules.buffer_after) t (during)
       where t.during && v_own
    ), steps as (
      select sum(sum(e.change)) over (order by e.at) as used
        from beside b
       cross join lateral (values (greatest(lower(b.during), lower(v_own)), b.units), (upper(b.during), -b.units)) e (at, change)
       group by e.at
    )
    select case when exists (select from steps s where s.used > resource.capacity)
                then jsonb_build_array(jsonb_build_object(
                       'code', 'slot_taken', 'limit', jsonb_build_object('buffer_before', rules.buffer_before, 'buffer_after', rules.buffer_after),
                       'conflicts', (select jsonb_agg(jsonb_build_object('reservation_id', b.id, 'starts_at', b.starts_at, 'ends_at', b.ends_at) order by b.starts_at, b.id)
                                       from (select b.* from beside b where b.id <> reservation.id order by b.starts_at, b.id limit 20) b),
                       'hint', 'Others are too near; move it, or them.'))
                else '[]' end);
end
$$;

comment on function booking.list_crowded(booking.resources, booking.booking_rules, booking.reservations) is
  'The violation slot_taken of a reservation that would not fit if all on the resource took the buffers of these '
  'rules, with the first 20 of those near it; none if it would.';

commit;
