#!/bin/sh
# What takes a superuser, once for a cluster: the role that migrates and administers, which is none. It owns the database,
# makes the other roles, and sees every tenant by what the migrations make it a member of.
# POSTGRES_USER, POSTGRES_DB, BERTH_MIGRATOR_PASSWORD
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'END'
\getenv password BERTH_MIGRATOR_PASSWORD
\getenv database POSTGRES_DB
create role berth_migrator login createrole password :'password';
alter database :"database" owner to berth_migrator;
-- The logins keep what people write out of PostgreSQL's log.
grant set on parameter log_min_messages, log_min_error_statement, log_error_verbosity to berth_migrator;
-- For the doctor, and for the worker's metrics.
grant pg_read_all_stats to berth_migrator with admin option;
END
