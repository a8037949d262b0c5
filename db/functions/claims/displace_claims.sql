begin;
set local role berth_owner;

create function booking.displace_claims(reservation booking.reservations, displaced uuid[]) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_resource booking.resources := booking.find_resource(reservation.tenant_id, reservation.resource_id);
  -- What they leave is taken first; the rest is for those who wait.
  v_withheld boolean := booking.withhold_offers();
begin
  perform booking.change_status(reservation.tenant_id, displaced, 'displaced',
    'A request of higher priority took its time.', null);
  if not booking.place_claims(reservation, v_resource) then
    perform booking.refuse_slot(v_resource, reservation, array[reservation.id]);
  end if;
  perform booking.offer_withheld(v_withheld);
end
$$;

comment on function booking.displace_claims(booking.reservations, uuid[]) is
  'Displaces the reservations that take_claims() names, and takes their time. 409 slot_taken. The caller holds the '
  'lock of the resource.';

commit;
