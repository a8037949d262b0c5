-- Two schemas: booking holds the engine and is private, api is what PostgREST serves.
begin;

create schema if not exists extensions;
grant usage on schema extensions to public;
create extension if not exists btree_gist with schema extensions;

create schema booking authorization berth_owner;
comment on schema booking is 'Berth''s tables and internal functions. Not exposed over HTTP.';

create schema api authorization berth_owner;
comment on schema api is
  'Berth: reservations that cannot overlap. Views are read with the usual filters; every change is a function. '
  'Errors have one shape, {"code","message","details","hint"}: message is a stable slug, details a JSON object as text, hint one sentence with the way out.';

grant usage on schema booking, api to authenticated, service_role;
grant usage on schema booking to berth_gateway;

-- A function is callable only by whom it is granted to by name.
alter default privileges for role berth_owner revoke execute on functions from public;

commit;
