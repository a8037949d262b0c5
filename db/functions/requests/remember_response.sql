begin;
set local role berth_owner;

create function booking.remember_response(request booking.request, response jsonb) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into booking.idempotency_keys (tenant_id, user_id, key, part, operation, hash, response)
  values (request.tenant_id, request.user_id, request.key, request.part, request.operation, request.hash, response);
end
$$;

comment on function booking.remember_response(booking.request, jsonb) is
  'The last thing a changing function does where the request has an Idempotency-Key: keeps its answer for it.';

commit;
