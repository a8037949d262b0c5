"""The roles that log in: PostgREST's, the gateway's and the worker's."""

import psycopg
from psycopg import sql

from gateway.local import LocalError

PASSWORDS = {
    "authenticator": "BERTH_AUTHENTICATOR_PASSWORD",
    "berth_gateway": "BERTH_GATEWAY_PASSWORD",
    "berth_worker": "BERTH_WORKER_PASSWORD",
}
"""The environment variable that holds the password of each."""


def give_password(database_url: str, role: str, password: str) -> None:
    """Sets a password; LocalError for a role that was there before Berth, as on Supabase."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        row = connection.execute("select shobj_description(%s::regrole, 'pg_authid')", (role,)).fetchone()
        if not row or not str(row[0]).startswith("Berth: "):
            raise LocalError(f"role {role} was there before Berth; set {PASSWORDS[role]} to the password it has")
        connection.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(password)))
