begin;
set local role berth_owner;

create function api.move_reservations(
  moves jsonb,
  override boolean default false,
  reason text default null
) returns setof api.reservations
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'move_reservations', row(moves, override, reason), reason => reason, override => override);
  v_moves booking.reservations[];
  v_result booking.reservations[];
begin
  if v_request.replay is not null then
    return query select r.* from pg_catalog.jsonb_populate_recordset(null::api.reservations, v_request.replay) r;
    return;
  end if;
  v_moves := booking.read_items(moves, 'moves', 100, '{reservation_id, starts_at, ends_at, resource_id, units, expected_version}');
  if pg_catalog.cardinality(v_moves) > (select pg_catalog.count(distinct m.id) from pg_catalog.unnest(v_moves) m) then
    perform booking.raise_error(400, 'invalid_argument', 'Each reservation_id stands in one move.', '{"argument": "moves"}');
  end if;
  v_result := array(select m from booking.make_moves(v_request, v_moves, override) m);
  return query select r.* from pg_catalog.unnest(booking.remember_response(v_request, v_result)) r;
end
$$;

comment on function api.move_reservations(jsonb, boolean, text) is
  'Moves up to 100 reservations, all or none, judged on how they then stand: two may swap, and a run shift together. '
  'moves is a list of {reservation_id, starts_at, ends_at, resource_id?, units?, expected_version?}; '
  'answers the reservations in that order. Errors are reschedule_reservation''s, of the first that cannot be had.';
grant execute on function api.move_reservations(jsonb, boolean, text) to authenticated, service_role;

commit;
