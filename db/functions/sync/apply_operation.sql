begin;
set local role berth_owner;

create function booking.apply_operation(operation jsonb) returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_op text := operation ->> 'op';
  v_keys text[] := '{op, id, operation_id, expected_version, reason, override}'::text[] || case v_op
    when 'create' then '{resource_id, starts_at, ends_at, status, title, notes, units, unit, priority, owner_id, source_module, source_id, metadata, pencil_ttl}'::text[]
    when 'reschedule' then '{starts_at, ends_at, resource_id, units}' end;
  v_override boolean := coalesce((operation ->> 'override')::boolean, false);
  v_request booking.request;
  v_draft booking.reservations;
  a booking.assessment;
begin
  if v_op is null or v_op not in ('create', 'reschedule', 'cancel', 'confirm') or operation ->> 'id' is null then
    perform booking.raise_error(400, 'invalid_argument', 'An operation has an op, one of create, reschedule, cancel and confirm, and the id of a reservation.',
      '{"argument": "operations"}');
  elsif exists (select from pg_catalog.jsonb_object_keys(operation) k where k <> all (v_keys)) then
    perform booking.raise_error(400, 'invalid_argument',
      pg_catalog.format('An operation %s has no other keys than %s.', v_op, pg_catalog.array_to_string(v_keys, ', ')),
      pg_catalog.jsonb_build_object('argument', (select k from pg_catalog.jsonb_object_keys(operation) k where k <> all (v_keys) limit 1)));
  end if;
  perform booking.check_offsets(operation);
  v_request := booking.begin_request(v_op || '_reservation', null, reason => operation ->> 'reason', override => v_override);
  v_draft := pg_catalog.jsonb_populate_record(v_draft, operation || pg_catalog.jsonb_build_object('version', operation -> 'expected_version'));

  if booking.is_in_effect(v_request, v_op, v_draft) then
    return false;
  elsif v_op = 'create' then
    perform booking.check_description(v_draft.title, v_draft.notes, v_draft.metadata, v_draft.source_module,
      v_draft.source_id);
    v_draft.units := coalesce(v_draft.units, 1);
    v_draft.status_reason := operation ->> 'reason';
    v_draft.status := booking.read_status(coalesce(operation ->> 'status', 'confirmed'));
    a := booking.begin_assessment(v_request, v_draft.resource_id);
    a.wanted := v_draft;
    perform booking.make_reservation(a, v_override, (operation ->> 'pencil_ttl')::interval);
  elsif v_op = 'reschedule' then
    perform from booking.make_moves(v_request, array[v_draft], v_override);
  else
    perform booking.make_transition(
      v_request, v_op, booking.lock_reservation(v_request, v_draft.id, v_draft.version), v_override);
  end if;
  return true;
end
$$;

comment on function booking.apply_operation(jsonb) is
  'Does what one operation of sync_reservations says (true), or finds it in effect already (false). Its errors are '
  'those of create_reservation, reschedule_reservation, cancel_reservation or confirm_reservation; and 400 '
  'invalid_argument, or a data_exception, for one that cannot be read.';

commit;
