begin;
set local role berth_owner;

create function booking.check_presence(
  reservation booking.reservations,
  resource booking.resources,
  to_status booking.reservation_status
) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_opens_at timestamptz;
begin
  if to_status = 'checked_in' then
    v_opens_at := booking.add_elapsed(reservation.starts_at, -(booking.find_rules(resource)).check_in_opens);
    if reservation.ends_at <= booking.now() then
      perform booking.raise_error(409, 'invalid_transition', 'It is over.',
        pg_catalog.jsonb_build_object('status', reservation.status, 'action', 'check_in', 'ends_at', reservation.ends_at));
    elsif v_opens_at > booking.now() then
      perform booking.refuse_violations(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
        'code', 'too_soon', 'opens_at', v_opens_at, 'now', booking.now(),
        'hint', pg_catalog.format('Check-in opens at %s.', booking.local_time_text(v_opens_at, resource.timezone, booking.now())))));
    end if;
  elsif to_status = 'completed' and reservation.status = 'confirmed' and reservation.starts_at > booking.now() then
    perform booking.refuse_violations(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
      'code', 'too_soon', 'starts_at', reservation.starts_at, 'now', booking.now(), 'hint', 'It has not begun; cancel it instead.')));
  end if;
end
$$;

comment on function booking.check_presence(booking.reservations, booking.resources, booking.reservation_status) is
  'Refuses a check-in before check_in_opens (422 too_soon) or after the end (409 invalid_transition), and to complete '
  'what has not begun (422 too_soon).';

commit;
