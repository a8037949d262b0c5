begin;
set local role berth_owner;

create function booking.remember_response(request booking.request, response anyelement) returns anyelement
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if request.key is not null then
    insert into booking.idempotency_keys (tenant_id, user_id, key, part, operation, hash, response)
    values (request.tenant_id, request.user_id, request.key, request.part, request.operation, request.hash, pg_catalog.to_jsonb(response));
  end if;
  return response;
end
$$;

comment on function booking.remember_response(booking.request, anyelement) is
  'What a changing function ends with: its answer, which is kept where the request has an Idempotency-Key.';

commit;
