begin;
set local role berth_owner;

create function booking.tell_secret(request booking.request, response jsonb) returns jsonb
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if request.replay is null then
    perform booking.remember_response(request, response);
  end if;
  return (response - 'secret_number') || pg_catalog.jsonb_build_object('secret', (
    select s.secret
      from booking.webhook_secrets s
     where s.tenant_id = request.tenant_id and s.endpoint_id = (response ->> 'id')::uuid
       and s.number = (response ->> 'secret_number')::integer
       and s.created_at > booking.now() - interval '24 hours'));
end
$$;

comment on function booking.tell_secret(booking.request, jsonb) is
  'The answer with the secret it is about, and the answer kept for its Idempotency-Key without: a repeated request '
  'reads it from where it is, for 24 hours at most, and gets null once it is gone.';

commit;
