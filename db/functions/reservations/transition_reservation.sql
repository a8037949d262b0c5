begin;
set local role berth_owner;

create function booking.transition_reservation(
  action text,
  reservation_id uuid,
  expected_version integer,
  reason text,
  override boolean default false,
  pencil_ttl interval default null
) returns api.reservations
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    action || '_reservation',
    row(reservation_id, expected_version, reason, override, pencil_ttl),
    reason => reason, override => override);
  v_result booking.reservations;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  v_result := booking.make_transition(
    v_request, action, booking.lock_reservation(v_request, reservation_id, expected_version), override, pencil_ttl);
  return booking.remember_response(v_request, v_result);
end
$$;

comment on function booking.transition_reservation(text, uuid, integer, text, boolean, interval) is
  'A request to make one transition of one reservation, from beginning to end: its errors are lock_reservation()''s '
  'and make_transition()''s.';

commit;
