-- PostgREST's db-pre-request: every HTTP request passes here first.
begin;
set local role berth_owner;

create function booking.check_request() returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_claims jsonb;
  v_tenant_id uuid;
  v_user_id uuid;
  v_tenant_key bigint;
  v_member_key bigint;
  v_tenant_first bigint;
  v_member_first bigint;
  v_tenant_turns integer := coalesce(
    nullif(pg_catalog.current_setting('booking.tenant_concurrency', true), '')::integer, 0);
  v_member_turns integer := coalesce(
    nullif(pg_catalog.current_setting('booking.member_concurrency', true), '')::integer, 16);
  v_ends text := 'Send a token that ends, by its claim exp, before the year 10000.';
  v_headers text := pg_catalog.current_setting('request.headers', true);
begin
  begin
    v_claims := nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb;
    -- What ends at no date never does.
    if v_claims ->> 'exp' is null or (v_claims ->> 'exp')::numeric >= extract('epoch' from timestamptz '10000-01-01 00:00+00') then
      perform booking.raise_error(401, 'invalid_token', v_ends);
    end if;
    v_tenant_id := booking.claimed_tenant_id(v_claims)::uuid;
    v_user_id := (v_claims ->> 'sub')::uuid;
  exception
    when numeric_value_out_of_range then
      perform booking.raise_error(401, 'invalid_token', v_ends);
    when invalid_text_representation or untranslatable_character then null;
  end;
  if v_tenant_id is null or v_user_id is null then
    perform booking.raise_error(403, 'forbidden', 'Send a token whose claims sub and tenant_id are uuids.');
  -- By name, before there is anything to estimate. What PostgREST does not tell, the policies no_estimates refuse.
  elsif v_headers like '%count=planned%' or v_headers like '%count=estimated%' then
    perform booking.raise_error(400, 'invalid_argument', 'Rows are counted, not estimated: send Prefer: count=exact.',
      '{"argument": "Prefer"}');
  end if;
  -- A request that waits holds one of PostgREST's few connections: of these, some are left for others. The first try
  -- nearly always succeeds, since each connection begins at another turn, and here it takes no call.
  v_tenant_key := pg_catalog.uuid_hash_extended(v_tenant_id, 0);
  v_member_key := pg_catalog.uuid_hash_extended(v_user_id, v_tenant_key);
  v_member_first := v_member_key # (pg_catalog.pg_backend_pid() % greatest(v_member_turns, 1));
  v_tenant_first := v_tenant_key # (pg_catalog.pg_backend_pid() % greatest(v_tenant_turns, 1));
  if not (pg_catalog.pg_try_advisory_xact_lock(v_member_first) or booking.take_turn(v_member_key, v_member_turns))
     or (v_tenant_turns > 0
         and not (pg_catalog.pg_try_advisory_xact_lock(v_tenant_first) or booking.take_turn(v_tenant_key, v_tenant_turns))) then
    perform booking.raise_error(429, 'too_many_requests',
      'Too many of your requests are under way. Try again in a second.');
  end if;
end
$$;

comment on function booking.check_request() is
  'Refuses a token without exp, or with one that is no date before the year 10000 (401 invalid_token), or without a '
  'user and a tenant (403 forbidden); counts that are estimates, count=planned and count=estimated (400 '
  'invalid_argument); and what comes while a member has booking.member_concurrency requests under way, or a tenant '
  'booking.tenant_concurrency (429 too_many_requests).';
grant execute on function booking.check_request() to authenticated, service_role;

commit;
