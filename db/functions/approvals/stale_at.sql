begin;
set local role berth_owner;

create function booking.stale_at(reservation booking.reservations, resource booking.resources) returns timestamptz
language sql stable
set search_path = pg_catalog, pg_temp
return booking.add_elapsed(reservation.status_since, (booking.find_rules(resource)).approval_stale_after);

comment on function booking.stale_at(booking.reservations, booking.resources) is
  'When a pending reservation has waited for approval too long, by the rule approval_stale_after; null where nothing '
  'is set.';
grant execute on function booking.stale_at(booking.reservations, booking.resources) to authenticated, service_role;

commit;
