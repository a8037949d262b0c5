begin;
set local role berth_owner;

create function booking.due_change(reservation booking.reservations, resource booking.resources) returns booking.due_change
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_grace interval;
  v_settled_at timestamptz;
begin
  if reservation.status = any (booking.expiring_statuses()) then
    return row('expired'::booking.reservation_status, reservation.expires_at);
  elsif reservation.status = any (booking.undecided_statuses()) then
    return row('expired'::booking.reservation_status, reservation.ends_at);
  elsif reservation.status = 'checked_in' then
    return row('completed'::booking.reservation_status, reservation.ends_at);
  elsif reservation.status = 'confirmed' then
    v_grace := (booking.find_rules(resource)).no_show_grace;
    -- Nobody can be late for a start that they have only just chosen.
    v_settled_at := greatest(reservation.status_since, reservation.moved_at);
    -- Who enters it when it is over was there, or would not say so.
    if v_grace is null or v_settled_at >= reservation.ends_at then
      return row('completed'::booking.reservation_status, reservation.ends_at);
    end if;
    return row('no_show'::booking.reservation_status, least(
      booking.add_elapsed(greatest(reservation.starts_at, v_settled_at), v_grace), reservation.ends_at));
  end if;
  return null;
end
$$;

comment on function booking.due_change(booking.reservations, booking.resources) is
  'What time alone will make of a reservation: held and pencilled ones expire at expires_at, undecided ones when their '
  'time is over; checked-in ones are completed at their end; '
  'so are confirmed ones, unless the rule no_show_grace makes them a no-show before: so long after the start, or '
  'after they were confirmed or moved if that was later.';

commit;
