"""What ``berth doctor --supabase`` looks at besides: whether a Supabase project lets Berth's API through, and only that."""

from collections.abc import Iterator
from typing import Any

import psycopg

Finding = tuple[bool, str]
"""Whether it is well, and a line that says so or what to do."""


def examine_project(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Each check: whether it is well, and a line that says so."""
    for check in (_roles, _pre_request, _exposed_schemas, _timeouts, _members, _schedule):
        yield from check(connection)


def _roles(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    missing = connection.execute(
        "select coalesce(string_agg(name, ', '), '')"
        "  from unnest('{anon,authenticated,service_role}'::text[]) name"
        " where not exists (select from pg_auth_members m"
        "                    where m.roleid = to_regrole(name) and m.member = to_regrole('authenticator'))"
    ).fetchone()
    assert missing
    yield (
        not missing[0],
        f"authenticator may not become {missing[0]}: this is no Supabase project, or its roles were changed"
        if missing[0]
        else "the roles are Supabase's",
    )


def _pre_request(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    function = _authenticator_setting(connection, "pgrst.db_pre_request")
    remedy = "set it as docs/supabase.md says, then: notify pgrst, 'reload config'"
    if function is None:
        # Of everything that PostgREST is told here, only this keeps tokens out that never end, and the service key.
        yield False, f"pgrst.db_pre_request is not set for authenticator, so nobody checks tokens: {remedy}"
        return
    row = connection.execute(
        "select p.oid = 'booking.check_request()'::regprocedure or p.prosrc ~ 'booking\\.check_request\\('"
        "  from pg_proc p where p.oid = to_regproc(%s)",
        (function,),
    ).fetchone()
    good = bool(row and row[0])
    yield (
        good,
        f"requests pass {function}"
        + ("" if good else f", which is missing or calls no booking.check_request: {remedy}"),
    )


def _exposed_schemas(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    # The dashboard keeps the list outside of the database, unless somebody has set it here.
    schemas = _authenticator_setting(connection, "pgrst.db_schemas")
    if schemas is None:
        yield True, "which schemas are exposed, the dashboard knows: api must be among them, booking must not"
        return
    names = [name.strip() for name in schemas.split(",")]
    good = "api" in names and "booking" not in names
    yield good, f"exposed are {schemas}" + ("" if good else ": expose api, and never booking")


def _timeouts(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    # PostgREST sets the timeout of the role that a request becomes; without one, a request may hold locks for ever.
    unbounded = connection.execute(
        "select string_agg(rolname, ', ' order by rolname)"
        "  from pg_roles where rolname in ('authenticated', 'authenticator')"
        "   and not coalesce(array_to_string(rolconfig, ',') ~ 'statement_timeout=[1-9]', false)"
    ).fetchone()
    names = unbounded and unbounded[0]
    yield (
        not names,
        f"no statement_timeout for {names}: alter role … set statement_timeout = '8s'"
        if names
        else "requests have a statement_timeout",
    )


def _members(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    # Supabase Auth's users are not Berth's members by themselves.
    row = connection.execute(
        "select count(*) from booking.members m where not exists (select from auth.users u where u.id = m.user_id)"
        if connection.execute("select to_regclass('auth.users')").fetchone() != (None,)
        else "select 0"
    ).fetchone()
    strangers = row[0] if row else 0
    yield (
        not strangers,
        f"{strangers} members are no users of Supabase Auth"
        + (": their user_id is to be auth.users.id" if strangers else ""),
    )


def _schedule(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    scheduled = connection.execute("select to_regclass('cron.job')").fetchone() != (None,) and connection.execute(
        "select exists (select from cron.job where active and command ~ 'booking\\.sweep\\(')"
    ).fetchone() == (True,)
    yield True, "pg_cron sweeps" if scheduled else "pg_cron does not sweep: run berth worker, or schedule it"


def _authenticator_setting(connection: psycopg.Connection[Any], name: str) -> str | None:
    """What PostgREST reads from its login's settings: those for this database come before those for all."""
    row = connection.execute(
        "select split_part(setting, '=', 2)"
        "  from pg_db_role_setting s, unnest(s.setconfig) setting"
        " where s.setrole = to_regrole('authenticator') and split_part(setting, '=', 1) = %s"
        "   and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))"
        " order by s.setdatabase = 0 limit 1",
        (name,),
    ).fetchone()
    return str(row[0]) if row else None
