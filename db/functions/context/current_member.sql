begin;
set local role berth_owner;

create function booking.current_member() returns booking.members
language plpgsql stable security definer parallel restricted
set search_path = ''
as $$
declare
  v_claims jsonb := nullif(pg_catalog.current_setting('request.jwt.claims', true), '');
  v_member booking.members;
begin
  if v_claims is not null then
    select m.* into v_member
      from booking.members m
     where m.tenant_id = coalesce(nullif(v_claims ->> 'tenant_id', ''), nullif(v_claims #>> '{app_metadata,tenant_id}', ''))::uuid
       and m.user_id = nullif(v_claims ->> 'sub', '')::uuid;
  end if;
  return v_member;
end
$$;

comment on function booking.current_member() is
  'The membership the token''s sub holds in the tenant it names; all null where it holds none.';
grant execute on function booking.current_member() to authenticated, service_role;

commit;
