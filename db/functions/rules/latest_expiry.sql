begin;
set local role berth_owner;

create function booking.latest_expiry(
  rules booking.booking_rules,
  reservation booking.reservations,
  to_status booking.reservation_status,
  override boolean
) returns timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_ttl interval := case to_status when 'held' then rules.hold_ttl else rules.pencil_ttl end;
  v_default interval := case to_status when 'held' then interval '24:00' else greatest(interval '30 days', rules.max_pencil_ttl) end;
  -- A hold is extended in its status, and can become a pencil, which is never extended: so this is when it was first
  -- held.
  v_since timestamptz := case when reservation.status = 'held' then reservation.status_since else booking.now() end;
begin
  return booking.add_elapsed(v_since, case when override then interval '10 years' else greatest(coalesce(rules.max_hold, v_default), v_ttl) end);
end
$$;

comment on function booking.latest_expiry(
  booking.booking_rules, booking.reservations, booking.reservation_status, boolean
) is
  'Until when a reservation can be held or pencilled at the latest, by the rule max_hold, which never cuts hold_ttl '
  'or pencil_ttl short; overridden, ten years. reservation is what it was so far: what is not held is held from now '
  'on.';

commit;
