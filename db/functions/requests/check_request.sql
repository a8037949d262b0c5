-- PostgREST's db-pre-request: every HTTP request passes here first.
begin;
set local role berth_owner;

create function booking.check_request() returns void
language plpgsql stable
set search_path = ''
as $$
declare
  v_claims jsonb := nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb;
begin
  if v_claims ->> 'exp' is null then
    perform booking.raise_error(401, 'invalid_token', 'Send a token that ends: it lacks the claim exp.');
  end if;
  begin
    if booking.claimed_tenant_id(v_claims)::uuid is not null and (v_claims ->> 'sub')::uuid is not null then
      return;
    end if;
  exception
    when invalid_text_representation then null;
  end;
  perform booking.raise_error(403, 'forbidden', 'Send a token whose claims sub and tenant_id are uuids.');
end
$$;

comment on function booking.check_request() is
  'Refuses a token without exp (401 invalid_token), or without a user and a tenant (403 forbidden).';
grant execute on function booking.check_request() to authenticated, service_role;

commit;
