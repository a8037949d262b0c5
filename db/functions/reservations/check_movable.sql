begin;
set local role berth_owner;

create function booking.check_movable(reservation booking.reservations) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from booking.reservation_transitions t where t.from_status = reservation.status and t.min_role is not null)
     or (reservation.status = 'held' and reservation.waitlist_entry_id is not null) then
    perform booking.raise_error(409, 'invalid_transition',
      case when reservation.status = 'held' then 'An offer is accepted first, or declined.'
           else pg_catalog.format('A %s reservation can no longer be moved.', reservation.status) end,
      pg_catalog.jsonb_build_object('status', reservation.status, 'action', 'reschedule'));
  end if;
end
$$;

comment on function booking.check_movable(booking.reservations) is
  'Refuses to move what is over or cancelled, or only offered: 409 invalid_transition.';

commit;
