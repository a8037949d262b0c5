begin;

-- What the database had before; a setting that somebody has changed since stays.
do $$
declare
  v_before constant text := pg_catalog.substring(
    pg_catalog.obj_description('booking'::regnamespace, 'pg_namespace'), 'The database had jit = (.*)[.]$');
  v_is_ours constant boolean := exists (
    select
      from pg_catalog.pg_db_role_setting s
      join pg_catalog.pg_database d on d.oid = s.setdatabase
     where d.datname = pg_catalog.current_database() and s.setrole = 0 and 'jit=off' = any (s.setconfig));
begin
  if v_is_ours and v_before = 'default' then
    execute pg_catalog.format('alter database %I reset jit', pg_catalog.current_database());
  elsif v_is_ours and v_before is not null then
    execute pg_catalog.format('alter database %I set jit = %L', pg_catalog.current_database(), v_before);
  end if;
exception
  when insufficient_privilege then null;
end
$$;

set local role berth_owner;
alter default privileges grant execute on functions to public;
drop schema api;
drop schema booking;
reset role;

-- Each goes if it came with Berth and nothing else needs it.
do $$
begin
  if pg_catalog.obj_description((select oid from pg_catalog.pg_extension where extname = 'btree_gist'), 'pg_extension') like 'Berth: %' then
    drop extension btree_gist;
  end if;
exception
  when dependent_objects_still_exist or insufficient_privilege then null;
end
$$;
do $$
begin
  if pg_catalog.obj_description(pg_catalog.to_regnamespace('extensions'), 'pg_namespace') like 'Berth: %' then
    drop schema extensions;
  end if;
exception
  when dependent_objects_still_exist or insufficient_privilege then null;
end
$$;

commit;
