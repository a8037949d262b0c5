-- Drops the roles that Berth made, unless another database of this cluster still has Berth in it.
begin;

do $$
declare
  v_role name;
begin
  if exists (select from pg_catalog.pg_auth_members m
              where m.roleid = 'berth_owner'::regrole and m.member = current_user::regrole) then
    revoke berth_owner from current_user;
  end if;
  -- The owner goes first: it is the one that owns something wherever Berth is.
  for v_role in
    select rolname from pg_catalog.pg_roles
     where pg_catalog.shobj_description(oid, 'pg_authid') like 'Berth: %'
     order by rolname <> 'berth_owner', rolname <> 'authenticator'
  loop
    execute format('drop role %I', v_role);
  end loop;
exception
  when dependent_objects_still_exist then
    grant berth_owner to current_user;
end
$$;

commit;
