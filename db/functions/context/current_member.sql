begin;
set local role berth_owner;

create function booking.current_member() returns booking.members
language plpgsql stable security definer -- not in parallel: PostgreSQL sets nothing there
set search_path = pg_catalog, pg_temp
as $$
declare
  v_claims jsonb := nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb;
  v_tenant_id text := coalesce(booking.claimed_tenant_id(v_claims), '');
  v_member booking.members;
begin
  if v_claims is null then
    return v_member;
  end if;
  -- Row level security lets the owner into this one tenant only; a stranger is shown out again.
  v_tenant_id := pg_catalog.set_config('booking.tenant_id', v_tenant_id, true);
  select m.* into v_member
    from booking.members m
   where m.tenant_id = nullif(v_tenant_id, '')::uuid and m.user_id = nullif(v_claims ->> 'sub', '')::uuid;
  if not found then
    v_tenant_id := pg_catalog.set_config('booking.tenant_id', '', true);
  end if;
  v_tenant_id := pg_catalog.set_config('booking.user_id', coalesce(v_member.user_id::text, ''), true);
  return v_member;
end
$$;

comment on function booking.current_member() is
  'The membership the token''s sub holds in the tenant it names; all null where it holds none. '
  'Enters that tenant, and no other: sets booking.tenant_id, by which row level security binds the owner''s functions, '
  'and booking.user_id, the actor of their events. '
  'Without a token (a DBA) it leaves both as they are.';
grant execute on function booking.current_member() to authenticated, service_role;

commit;
