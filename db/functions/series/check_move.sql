begin;
set local role berth_owner;

create function booking.check_move(
  request booking.request,
  move booking.reservations,
  moving_ids uuid[],
  override boolean
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_reservation booking.reservations := booking.find_reservation(request, move.id, null);
  v_resource booking.resources := booking.find_resource(request.tenant_id, move.resource_id);
  v_rules booking.booking_rules := booking.find_rules(v_resource);
begin
  perform booking.check_rules(v_resource, v_rules, move.starts_at, move.ends_at, v_reservation.units, override);
  if v_reservation.status = any (v_resource.blocking_statuses) then
    v_reservation.starts_at := move.starts_at;
    v_reservation.ends_at := move.ends_at;
    v_reservation.unit := case when v_resource.id = v_reservation.resource_id then v_reservation.unit end;
    v_reservation.buffer_before := v_rules.buffer_before;
    v_reservation.buffer_after := v_rules.buffer_after;
    perform booking.check_slot(v_resource, v_reservation, moving_ids, v_reservation.priority);
  end if;
end
$$;

comment on function booking.check_move(booking.request, booking.reservations, uuid[], boolean) is
  'Refuses a move that cannot be had even if all that moves with it were gone.';

commit;
