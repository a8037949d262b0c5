-- Makes a fresh cluster the shape of a Supabase project, as far as Berth can tell: supabase/postgres, migrations/db.
-- For a superuser other than postgres, in template1, so that every database to come is so too.
alter role postgres rename to supabase_admin;
create role postgres nosuperuser createdb createrole login replication bypassrls;

create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
create role authenticator login noinherit;
create role supabase_auth_admin login noinherit createrole;
grant anon, authenticated, service_role, supabase_admin to authenticator;
-- Since PostgreSQL 16 with the admin option; before, whoever may create roles may grant any.
grant anon, authenticated, service_role to postgres with admin option;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role postgres set search_path = "$user", public, extensions;

create schema extensions authorization supabase_admin;
grant all on schema extensions to postgres;
grant usage on schema extensions to anon, authenticated, service_role;

-- What anybody makes in the schema public is everybody's.
grant usage on schema public to postgres, anon, authenticated, service_role;
alter default privileges for role supabase_admin in schema public grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges for role supabase_admin in schema public grant all on functions to postgres, anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on functions to anon, authenticated, service_role;

-- What the extension supautils lets postgres do besides.
grant set on parameter session_replication_role to postgres;
