begin;
set local role berth_owner;

create function booking.remember_response(request booking.request, response anyelement) returns anyelement
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if request.key is not null then
    if pg_catalog.pg_column_size(pg_catalog.to_jsonb(response)) > 8388608 then
      perform booking.raise_error(400, 'invalid_argument', 'The answer would be too long to be kept. Ask for fewer at once.', '{"limit": 8388608}');
    end if;
    insert into booking.idempotency_keys (tenant_id, user_id, key, part, operation, hash, response)
    values (request.tenant_id, request.user_id, request.key, request.part, request.operation, request.hash, pg_catalog.to_jsonb(response));
  end if;
  return response;
end
$$;

comment on function booking.remember_response(booking.request, anyelement) is
  'What a changing function ends with: its answer, which is kept where the request has an Idempotency-Key.';

commit;
