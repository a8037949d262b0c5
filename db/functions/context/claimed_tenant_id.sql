begin;
set local role berth_owner;

create function booking.claimed_tenant_id(claims jsonb) returns text
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(nullif(claims ->> 'tenant_id', ''), nullif(claims #>> '{app_metadata,tenant_id}', ''));
end
$$;

comment on function booking.claimed_tenant_id(jsonb) is
  'The tenant a token names, as its text, in its own claim or where Supabase puts it. It counts only with a live '
  'membership: see current_member().';
grant execute on function booking.claimed_tenant_id(jsonb) to authenticated, service_role;

commit;
