-- Drops the roles that Berth made, unless another database of this cluster still has Berth in it.
begin;

-- Logins that were there before go on in this database as they were.
do $$
declare
  v_role name;
begin
  for v_role in
    select r.rolname
      from pg_catalog.pg_db_role_setting s
      join pg_catalog.pg_roles r on r.oid = s.setrole
      join pg_catalog.pg_database d on d.oid = s.setdatabase
     where d.datname = pg_catalog.current_database() and 'log_min_messages=fatal' = any (s.setconfig)
       and r.rolname in ('authenticator', 'berth_gateway', 'berth_worker')
  loop
    execute pg_catalog.format('alter role %I in database %I reset log_min_messages', v_role, pg_catalog.current_database());
  end loop;
exception
  when insufficient_privilege then null;
end
$$;

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
