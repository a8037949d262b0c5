begin;
set local role berth_owner;

create function booking.choose_displaced(reservation booking.reservations, resource booking.resources) returns uuid[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_during tstzrange := booking.taken_range(
    reservation.starts_at, reservation.ends_at, reservation.buffer_before, reservation.buffer_after);
  v_yielding uuid[] := booking.find_yielding(resource, v_during, reservation.priority, array[reservation.id]);
  v_id uuid;
begin
  if v_yielding = '{}'
     or booking.plan_units(resource, v_during, reservation.units, reservation.unit, v_yielding || reservation.id) is null then
    return '{}';
  end if;
  -- Whoever can stay stays, the highest priority first.
  for v_id in select y.id from pg_catalog.unnest(v_yielding) with ordinality y (id, rank) order by y.rank desc loop
    if booking.plan_units(resource, v_during, reservation.units, reservation.unit,
         pg_catalog.array_remove(v_yielding, v_id) || reservation.id) is not null then
      v_yielding := pg_catalog.array_remove(v_yielding, v_id);
    end if;
  end loop;
  return v_yielding;
end
$$;

comment on function booking.choose_displaced(booking.reservations, booking.resources) is
  'The held and pencilled reservations of lower priority without which a request fits, and no more of them than it '
  'takes; none if it fits anyway, or would not even so. '
  'Whoever goes by it holds the lock of the resource.';

commit;
