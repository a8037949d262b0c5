-- On the way of every change, so it minds its time: an assignment is evaluated directly, a perform is a query.
begin;
set local role berth_owner;

create function booking.begin_request(
  operation text,
  arguments record,
  min_role booking.member_role default 'member',
  reason text default null,
  override boolean default false,
  part text default ''
) returns booking.request
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.current_member();
  v_request booking.request;
  v_context text := pg_catalog.set_config('booking.reason', coalesce(reason, ''), true)
                 || pg_catalog.set_config('booking.override', case when override then 'true' else '' end, true);
  v_known booking.idempotency_keys;
begin
  if (v_member.role >= min_role) is not true then
    perform booking.enter_tenant(min_role); -- which says why not
  end if;
  v_request.tenant_id := v_member.tenant_id;
  v_request.user_id := v_member.user_id;
  v_request.role := v_member.role;
  -- A row of nulls is no null.
  if arguments is distinct from null then
    v_request.key := booking.idempotency_key();
  end if;
  if v_request.key is not null then
    if pg_catalog.length(v_request.key) not between 1 and 255 then
      perform booking.raise_error(400, 'invalid_argument', 'Send an Idempotency-Key of 1 to 255 characters.');
    end if;
    v_request.operation := operation;
    v_request.part := part;
    v_request.hash := booking.hash_arguments(arguments);
    -- Equal requests in parallel wait here, then find the first one's answer.
    perform pg_catalog.pg_advisory_xact_lock(
      pg_catalog.hashtextextended(v_request.tenant_id::text || v_request.user_id::text || v_request.key, 0));
    select k.* into v_known
      from booking.idempotency_keys k
     where k.tenant_id = v_request.tenant_id and k.user_id = v_request.user_id and k.key = v_request.key
       -- Other parts tell of an earlier request, but for those that this very transaction has done.
       and (k.part = begin_request.part or pg_catalog.current_setting('booking.fresh_key', true) is distinct from k.key)
     order by k.part = begin_request.part desc
     limit 1;
    if found then
      if v_known.operation <> operation or (v_known.part = part and v_known.hash <> v_request.hash) then
        perform booking.raise_error(422, 'idempotency_key_reused',
          'This Idempotency-Key came with another request before; send a new key.');
      end if;
      if v_known.part = part and v_known.response is null then
        perform booking.raise_error(404, 'not_found',
          'This request was done before. What it was about has been erased since.');
      elsif v_known.part = part and v_known.owner_ids is not null and v_member.role < 'approver' then
        perform booking.raise_error(403, 'forbidden',
          'This request was done before. You may no longer see what it was about.');
      end if;
      v_request.replay := case when v_known.part = part then v_known.response else 'null' end;
      perform pg_catalog.set_config('response.headers', '[{"Idempotency-Replayed": "true"}]', true);
      return v_request;
    end if;
    perform pg_catalog.set_config('booking.fresh_key', v_request.key, true);
  end if;

  if v_context <> '' then
    if override and v_member.role < 'manager' then
      perform booking.raise_error(403, 'forbidden', 'Only managers may override the rules.');
    elsif override and pg_catalog.btrim(coalesce(reason, '')) = '' then
      perform booking.raise_error(400, 'invalid_argument', 'An override needs a reason.', '{"argument": "reason"}');
    elsif pg_catalog.length(reason) > 1000 then
      perform booking.raise_error(400, 'invalid_argument', 'This text is too long. Write at most 1000 characters.',
        '{"argument": "reason", "limit": 1000}');
    end if;
  end if;
  return v_request;
end
$$;

comment on function booking.begin_request(text, record, booking.member_role, text, boolean, text) is
  'The first thing a changing function does. Enters the tenant; refuses who is not at least min_role (403 forbidden), '
  'an override without rank (403) or reason (400 invalid_argument), '
  'and a reused key (422 idempotency_key_reused); with arguments, finds the answer already given to the request''s '
  'Idempotency-Key (replay: return it; part tells the rows of one request apart; 403 where it shows what others own '
  'and the caller is no approver any more, 404 not_found where one of them was erased); '
  'and leaves reason and override in the settings of those names, for the events.';

commit;
