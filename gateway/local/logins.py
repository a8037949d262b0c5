"""The roles that log in: PostgREST's, the gateway's and the worker's."""

from collections.abc import Mapping

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

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


def can_log_in(database_url: str, role: str, password: str) -> bool:
    """Whether the role has this password."""
    try:
        psycopg.connect(make_conninfo(database_url, user=role, password=password), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def require_own_passwords(database_url: str, passwords: Mapping[str, str]) -> None:
    """LocalError where one would replace another: roles are the server's, and so are their passwords."""
    foreign = [
        role
        for role, password in passwords.items()
        if not can_log_in(database_url, role, password) and _may_have_password(database_url, role)
    ]
    if foreign:
        raise LocalError(
            f"the server has the logins {', '.join(foreign)}, and others may use their passwords; set"
            f" {', '.join(PASSWORDS[role] for role in foreign)} to these; where nobody knows one, first give the role a"
            " new one by 'alter role'"
        )


def _may_have_password(database_url: str, role: str) -> bool:
    with psycopg.connect(database_url, autocommit=True) as connection:
        if connection.execute("select from pg_roles where rolname = %s", (role,)).fetchone() is None:
            return False
        readable = connection.execute("select has_table_privilege('pg_authid', 'select')").fetchone()
        has_one = "select from pg_authid where rolname = %s and rolpassword is not null"
        return readable != (True,) or connection.execute(has_one, (role,)).fetchone() is not None


def other_databases(database_url: str) -> list[str]:
    """Where else on this server Berth is, with the same logins."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = connection.execute(
            "select distinct d.datname from pg_shdepend s join pg_database d on d.oid = s.dbid"
            " where s.refclassid = 'pg_authid'::regclass and s.refobjid = 'berth_owner'::regrole"
            "   and d.datname <> current_database() order by d.datname"
        ).fetchall()
    return [name for (name,) in rows]
