-- PostgREST's db-pre-request: every HTTP request passes here first.
begin;
set local role berth_owner;

create function booking.check_request() returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_claims jsonb;
  v_ends text := 'Send a token that ends, by its claim exp, before the year 10000.';
  v_headers text := pg_catalog.current_setting('request.headers', true);
begin
  begin
    v_claims := nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb;
    -- What ends at no date never does.
    if v_claims ->> 'exp' is null or (v_claims ->> 'exp')::numeric >= extract('epoch' from timestamptz '10000-01-01 00:00+00') then
      perform booking.raise_error(401, 'invalid_token', v_ends);
    elsif booking.claimed_tenant_id(v_claims)::uuid is not null and (v_claims ->> 'sub')::uuid is not null then
      -- By name, before there is anything to estimate. What PostgREST does not tell, the policies no_estimates refuse.
      if v_headers like '%count=planned%' or v_headers like '%count=estimated%' then
        perform booking.raise_error(400, 'invalid_argument', 'Rows are counted, not estimated: send Prefer: count=exact.', '{"argument": "Prefer"}');
      end if;
      return;
    end if;
  exception
    when numeric_value_out_of_range then
      perform booking.raise_error(401, 'invalid_token', v_ends);
    when invalid_text_representation or untranslatable_character then null;
  end;
  perform booking.raise_error(403, 'forbidden', 'Send a token whose claims sub and tenant_id are uuids.');
end
$$;

comment on function booking.check_request() is
  'Refuses a token without exp, or with one that is no date before the year 10000 (401 invalid_token), or without a user and a tenant (403 forbidden); and counts that are estimates, count=planned and count=estimated (400 invalid_argument).';
grant execute on function booking.check_request() to authenticated, service_role;

commit;
