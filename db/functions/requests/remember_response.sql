begin;
set local role berth_owner;

create function booking.remember_response(request booking.request, response anyelement) returns anyelement
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_response jsonb;
  v_owner_ids text[];
begin
  if request.key is not null then
    v_response := pg_catalog.to_jsonb(response);
    if pg_catalog.pg_column_size(v_response) > 8388608 then
      perform booking.raise_error(400, 'invalid_argument',
        'The answer would be too long to be kept. Ask for fewer at once.', '{"limit": 8388608}');
    end if;
    -- Every row in it that has an owner, at any depth.
    select pg_catalog.array_agg(distinct o #>> '{}') into v_owner_ids
      from pg_catalog.jsonb_path_query(
             v_response,
             'strict $.** ? (@.tenant_id == $tenant_id && @.owner_id != $user_id).owner_id',
             pg_catalog.jsonb_build_object('tenant_id', request.tenant_id, 'user_id', request.user_id),
             silent => true) o;
    insert into booking.idempotency_keys (tenant_id, user_id, key, part, operation, hash, response, owner_ids)
    values (request.tenant_id, request.user_id, request.key, request.part, request.operation, request.hash,
            v_response, v_owner_ids);
  end if;
  return response;
end
$$;

comment on function booking.remember_response(booking.request, anyelement) is
  'What a changing function ends with: its answer, which is kept where the request has an Idempotency-Key.';

commit;
