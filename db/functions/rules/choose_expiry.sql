begin;
set local role berth_owner;

create function booking.choose_expiry(
  resource booking.resources,
  reservation booking.reservations,
  pencil_ttl interval,
  override boolean
) returns timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rules booking.booking_rules := booking.find_rules(resource);
  v_min interval := least(v_rules.min_pencil_ttl, v_rules.pencil_ttl);
  v_max interval := greatest(v_rules.max_pencil_ttl, v_rules.pencil_ttl);
  v_latest timestamptz := booking.latest_expiry(v_rules, reservation, 'pencilled', override);
begin
  if override then
    v_min := least(v_min, '1 second');
    v_max := '10 years';
  end if;
  if pencil_ttl not between v_min and v_max then
    perform booking.raise_error(400, 'invalid_argument',
      pg_catalog.format('pencil_ttl is between %s and %s here.', v_min, v_max),
      pg_catalog.jsonb_build_object('argument', 'pencil_ttl', 'min', v_min, 'max', v_max));
  end if;
  if booking.add_elapsed(booking.now(), pencil_ttl) > v_latest then
    perform booking.refuse_hold(resource, v_latest,
      case when reservation.status = 'held' then reservation.status_since else booking.now() end);
  end if;
  return booking.add_elapsed(booking.now(), pencil_ttl);
end
$$;

comment on function booking.choose_expiry(booking.resources, booking.reservations, interval, boolean) is
  'When a pencilled reservation with this pencil_ttl of its own expires. 400 invalid_argument outside min_pencil_ttl '
  'and max_pencil_ttl; overridden, outside a second and ten years; 422 too_far_ahead beyond latest_expiry().';

commit;
