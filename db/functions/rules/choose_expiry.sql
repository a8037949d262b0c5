begin;
set local role berth_owner;

create function booking.choose_expiry(resource booking.resources, pencil_ttl interval, override boolean) returns timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rules booking.booking_rules := booking.find_rules(resource);
  v_min interval := least(v_rules.min_pencil_ttl, v_rules.pencil_ttl);
  v_max interval := greatest(v_rules.max_pencil_ttl, v_rules.pencil_ttl);
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
  return booking.add_elapsed(booking.now(), pencil_ttl);
end
$$;

comment on function booking.choose_expiry(booking.resources, interval, boolean) is
  'When a pencilled reservation with this pencil_ttl of its own expires. 400 invalid_argument outside min_pencil_ttl and max_pencil_ttl; overridden, outside a second and ten years.';

commit;
