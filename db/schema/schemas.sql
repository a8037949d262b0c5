-- Two schemas: booking holds the engine and is private, api is what PostgREST serves.
begin;

-- Supabase has this schema already. Nobody needs to look into it: indexes find their operators by themselves.
create schema if not exists extensions;
create extension if not exists btree_gist with schema extensions;

-- Compiling a report or a search takes seconds, running it milliseconds.
do $$
begin
  execute format('alter database %I set jit = off', current_database());
exception
  when insufficient_privilege then null; -- berth doctor says so
end
$$;

create schema booking authorization berth_owner;
create schema api authorization berth_owner;

set local role berth_owner;

comment on schema booking is 'Berth''s tables and internal functions. Not exposed over HTTP.';

comment on schema api is
  'Berth: reservations that cannot overlap. Views are read with the usual filters; every change is a function. '
  'Errors have one shape, {"code","message","details","hint"}: message is a stable slug, details a JSON object as text, hint one sentence with the way out.';

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
