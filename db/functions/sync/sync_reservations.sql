begin;
set local role berth_owner;

create function api.sync_reservations(operations jsonb) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '30s' -- which PostgREST heeds before it calls: a long queue is as much work as many requests
as $$
declare
  v_request booking.request := booking.begin_request('sync_reservations', row(operations));
  v_operation jsonb;
  v_key text;
  v_hash bytea;
  v_known booking.synced_operations;
  v_is_new boolean;
  v_reservation jsonb;
  v_state text;
  v_slug text;
  v_details text;
  v_hint text;
  v_error jsonb;
  v_response jsonb[] := '{}';
begin
  if v_request.replay is not null then
    return v_request.replay;
  elsif pg_catalog.jsonb_typeof(operations) is distinct from 'array'
     or pg_catalog.jsonb_array_length(operations) > 100
     or pg_catalog.octet_length(operations::text) > 262144
     or exists (select from pg_catalog.jsonb_array_elements(operations) o
                 where pg_catalog.jsonb_typeof(o) <> 'object' or pg_catalog.length(o ->> 'operation_id') not between 1 and 200) then
    perform booking.raise_error(400, 'invalid_argument',
      'Send at most 100 operations of 256 KiB in all at once; an operation_id has 1 to 200 characters.', '{"argument": "operations", "limit": 100}');
  end if;
  perform booking.lock_operations(v_request, operations);

  for v_operation, v_key, v_hash in
    select o.value,
           coalesce('id ' || (o.value ->> 'operation_id'),
                    pg_catalog.encode(h.hash, 'hex') || ' ' || pg_catalog.row_number() over (partition by h.hash order by o.ordinality)),
           h.hash
      from pg_catalog.jsonb_array_elements(operations) with ordinality o,
           lateral (select pg_catalog.sha256(pg_catalog.convert_to(o.value::text, 'UTF8'))) h (hash)
     order by o.ordinality
  loop
    v_is_new := false;
    v_error := null;
    select k.* into v_known
      from booking.synced_operations k
     where k.tenant_id = v_request.tenant_id and k.user_id = v_request.user_id and k.key = v_key;
    -- Each in a subtransaction of its own.
    begin
      if v_known.hash <> v_hash then
        perform booking.raise_error(422, 'idempotency_key_reused', 'This operation_id came with another operation before; send a new one.');
      elsif v_known.key is not null then
        v_error := v_known.error;
      else
        v_is_new := booking.apply_operation(v_operation);
      end if;
    exception
      when sqlstate 'PT400' or sqlstate 'PT403' or sqlstate 'PT404' or sqlstate 'PT409' or sqlstate 'PT422' then
        get stacked diagnostics v_state = returned_sqlstate, v_slug = message_text, v_details = pg_exception_detail, v_hint = pg_exception_hint;
        v_error := pg_catalog.jsonb_build_object('code', v_state, 'message', v_slug,
                                                 'details', booking.without_titles(v_details::jsonb)::text, 'hint', v_hint,
                                                 'status', pg_catalog.substr(v_state, 3)::integer);
      when data_exception then
        v_error := pg_catalog.jsonb_build_object('code', 'PT400', 'message', 'invalid_argument', 'details', '{"argument": "operations"}',
                                                 'hint', pg_catalog.format('One value cannot be read: %s.', pg_catalog.left(sqlerrm, 200)), 'status', 400);
    end;
    if v_known.key is null then
      insert into booking.synced_operations (tenant_id, user_id, key, hash, error)
      values (v_request.tenant_id, v_request.user_id, v_key, v_hash, v_error);
    end if;
    v_reservation := null;
    if v_error is null then
      select pg_catalog.to_jsonb(r) into v_reservation
        from booking.reservations r
       where r.tenant_id = v_request.tenant_id and r.id = booking.read_uuid(v_operation ->> 'id')
         and (r.owner_id = v_request.user_id or v_request.role >= 'approver');
    end if;
    v_response := v_response || (
      pg_catalog.jsonb_build_object('id', v_operation -> 'id', 'op', v_operation -> 'op',
        'result', case when v_error is not null then 'rejected' when v_is_new then 'applied' else 'duplicate' end)
      || case when v_operation ? 'operation_id' then pg_catalog.jsonb_build_object('operation_id', v_operation -> 'operation_id') else '{}' end
      || case when v_error is not null then pg_catalog.jsonb_build_object('error', v_error)
              else pg_catalog.jsonb_build_object('reservation', v_reservation) end);
  end loop;

  return booking.remember_response(v_request, pg_catalog.to_jsonb(v_response));
end
$$;

comment on function api.sync_reservations(jsonb) is
  'Applies what a client did while it was offline: a list of at most 100 {"op": create | reschedule | cancel | '
  'confirm, "id", …}, in order, each on its own. id is the reservation''s; the other keys are the arguments of the '
  'function of that name, expected_version and reason among them. '
  'Answers one {"id", "op", "result", "reservation" or "error"} an operation: applied; duplicate, it was in effect or '
  'had been applied before, with the reservation as it is now; or rejected, for good, with an error of the usual shape '
  'and its status. '
  'Sending a list again, or any beginning of it, changes nothing, whatever has happened since. Who means the very '
  'same operation anew gives each an operation_id of its own. 400 invalid_argument for what is no such list.';
grant execute on function api.sync_reservations(jsonb) to authenticated, service_role;

commit;
