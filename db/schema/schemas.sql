-- Two schemas: booking holds the engine and is private, api is what PostgREST serves.
begin;

-- Supabase has this schema already, and another application may have the extension, wherever it lies: indexes find
-- their
-- operators by themselves. The comments are also the marks by which a revert knows what it may drop.
do $$
begin
  if not exists (select from pg_catalog.pg_extension where extname = 'btree_gist') then
    if pg_catalog.to_regnamespace('extensions') is null then
      create schema extensions;
      comment on schema extensions is 'Berth: extensions';
    end if;
    create extension btree_gist with schema extensions;
    comment on extension btree_gist is 'Berth: support for indexing common datatypes in GiST';
  end if;
exception
  when insufficient_privilege then
    -- Who may install it need not own it, as on Supabase.
    create schema if not exists extensions;
    create extension if not exists btree_gist with schema extensions;
end
$$;

create schema booking authorization berth_owner;
create schema api authorization berth_owner;

comment on schema booking is 'Berth''s tables and internal functions. Not exposed over HTTP.';

-- Compiling a report or a search takes seconds, running it milliseconds. What the database had before is noted for a
-- revert.
do $$
declare
  v_before constant text := (
    select pg_catalog.substring(c.setting, '^jit=(.*)')
      from pg_catalog.pg_db_role_setting s
      join pg_catalog.pg_database d on d.oid = s.setdatabase
     cross join lateral pg_catalog.unnest(s.setconfig) c (setting)
     where d.datname = pg_catalog.current_database() and s.setrole = 0 and c.setting like 'jit=%');
begin
  execute pg_catalog.format('alter database %I set jit = off', pg_catalog.current_database());
  execute pg_catalog.format('comment on schema booking is %L',
    pg_catalog.format('%s The database had jit = %s.',
      pg_catalog.obj_description('booking'::regnamespace, 'pg_namespace'), coalesce(v_before, 'default')));
exception
  when insufficient_privilege then null; -- berth doctor says so
end
$$;

set local role berth_owner;

comment on schema api is
  'Berth: reservations that cannot overlap. Views are read with the usual filters; every change is a function. '
  'Errors have one shape, {"code","message","details","hint"}: message is a stable slug, details a JSON object as '
  'text, hint one sentence with the way out.';

grant usage on schema booking, api to authenticated;
-- Not where row level security does not bind it, as on Supabase: it would see every tenant.
do $$
begin
  if exists (select from pg_catalog.pg_roles where rolname = 'service_role' and not rolbypassrls) then
    grant usage on schema booking, api to service_role;
  end if;
end
$$;
grant usage on schema booking to berth_gateway, berth_worker;

-- A function is callable only by whom it is granted to by name.
alter default privileges revoke execute on functions from public;

commit;
