begin;
set local role berth_owner;

create function booking.claimed_tenant_id() returns uuid
language sql stable parallel safe
set search_path = ''
return (
  select coalesce(nullif(claims ->> 'tenant_id', ''), nullif(claims #>> '{app_metadata,tenant_id}', ''))::uuid
    -- After a transaction that set it, the setting is '' rather than null.
    from (select nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb) as token (claims)
);

comment on function booking.claimed_tenant_id() is
  'The tenant the token names. It counts only with a live membership: see current_tenant_id().';
grant execute on function booking.claimed_tenant_id() to authenticated, service_role;

commit;
