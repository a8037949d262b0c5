begin;
set local role berth_owner;

create function booking.refuse_expired(reservation booking.reservations) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform booking.raise_error(409, 'hold_expired',
    'It has expired, and its time is anybody''s; book it anew.',
    pg_catalog.jsonb_build_object('status', reservation.status, 'expired_at', coalesce(reservation.expires_at, reservation.status_since)));
end
$$;

comment on function booking.refuse_expired(booking.reservations) is
  'Refuses to change what has expired: 409 hold_expired, since when in details.';

commit;
