-- Drops the roles that Berth made, unless another database still needs them.
begin;

do $$
declare
  v_role name;
begin
  if exists (select from pg_catalog.pg_auth_members m
              where m.roleid = 'berth_owner'::regrole and m.member = current_user::regrole) then
    revoke berth_owner from current_user;
  end if;
  for v_role in
    select rolname from pg_catalog.pg_roles
     where pg_catalog.shobj_description(oid, 'pg_authid') like 'Berth: %'
     order by rolname <> 'authenticator'
  loop
    begin
      execute format('drop role %I', v_role);
    exception
      when dependent_objects_still_exist then null;
    end;
  end loop;
end
$$;

commit;
