#!/bin/sh
# PgBouncer in transaction mode in front of PostgreSQL, for the two logins that serve requests.
# DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, LISTEN_ADDR, LISTEN_PORT, BERTH_AUTHENTICATOR_PASSWORD, BERTH_GATEWAY_PASSWORD
set -eu
umask 077
folder=$(mktemp -d)
# PgBouncer logs in to PostgreSQL by SCRAM, for which it needs the passwords themselves.
quote() { printf '%s' "$1" | sed 's/"/""/g'; }
cat >"$folder/users" <<END
"authenticator" "$(quote "$BERTH_AUTHENTICATOR_PASSWORD")"
"berth_gateway" "$(quote "$BERTH_GATEWAY_PASSWORD")"
END
cat >"$folder/pgbouncer.ini" <<END
[databases]
* = host=$DATABASE_HOST port=${DATABASE_PORT:-5432}

[pgbouncer]
listen_addr = ${LISTEN_ADDR:-0.0.0.0}
listen_port = ${LISTEN_PORT:-6432}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $folder/users
pool_mode = transaction
max_client_conn = 1000
default_pool_size = 20
max_prepared_statements = 0
query_wait_timeout = 30
; After a login that failed it tries none, and refuses every client, for so long; by default for 15 s, however soon
; PostgreSQL is back.
server_login_retry = 0.2
END
# Before 1.21 there was no such setting, and no prepared statements to limit.
pgbouncer --version | grep -Eq 'PgBouncer 1\.(1[0-9]|20)\b' && sed -i '/^max_prepared_statements/d' "$folder/pgbouncer.ini"
exec pgbouncer "$folder/pgbouncer.ini"
