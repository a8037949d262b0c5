begin;
set local role berth_owner;

create function booking.refuse_transition(status booking.reservation_status, action text) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform booking.raise_error(409, 'invalid_transition',
    pg_catalog.format('A %s reservation cannot be changed by %s_reservation.', status, action),
    pg_catalog.jsonb_build_object('status', status, 'action', action, 'possible_actions',
      (select coalesce(pg_catalog.jsonb_agg(t.action order by t.id), '[]')
         from booking.reservation_transitions t
        where t.from_status = refuse_transition.status and t.min_role is not null and t.action <> 'bill')));
end
$$;

comment on function booking.refuse_transition(booking.reservation_status, text) is
  'Refuses a move that a reservation of this status cannot make: 409 invalid_transition, with those it can in '
  'details.possible_actions.';

commit;
