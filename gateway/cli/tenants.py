"""``berth tenant``, ``berth member``, ``berth token``: who may do what."""

import os
import re
import time
import uuid
from pathlib import Path
from typing import Any

import click
import jwt
import psycopg

from gateway.cli.options import connect_database, database_options, resolve_secret
from gateway.cli.output import say, say_table
from gateway.keys import read_keys
from gateway.local import LocalError

ROLES = ("member", "approver", "manager", "admin")


def find_tenant(connection: psycopg.Connection[Any], slug: str) -> uuid.UUID:
    """The id of the tenant with this slug."""
    row = connection.execute("select id from booking.tenants where slug = %s", (slug,)).fetchone()
    if row is None:
        raise LocalError(f"there is no tenant {slug}; make it with 'berth tenant create {slug}'")
    return uuid.UUID(str(row[0]))


def find_user(connection: psycopg.Connection[Any], tenant_id: uuid.UUID, user: str) -> uuid.UUID:
    """The member with this id or this display name."""
    rows = connection.execute(
        "select user_id from booking.members"
        " where tenant_id = %s and (user_id::text = lower(%s) or lower(display_name) = lower(%s))",
        (tenant_id, user, user),
    ).fetchall()
    if len(rows) != 1:
        raise LocalError(f"{len(rows) or 'no'} members of that tenant are called {user}; give the user's id")
    return uuid.UUID(str(rows[0][0]))


def find_manager(connection: psycopg.Connection[Any], tenant_id: uuid.UUID, slug: str) -> uuid.UUID:
    """The first manager or admin, who acts where nobody is named."""
    row = connection.execute(
        "select user_id from booking.members where tenant_id = %s and role >= 'manager'"
        " order by role, created_at limit 1",
        (tenant_id,),
    ).fetchone()
    if row is None:
        raise LocalError(f"tenant {slug} has no manager to act as; add one with 'berth member add'")
    return uuid.UUID(str(row[0]))


def jwt_audience() -> str:
    """The audience that tokens are for, as BERTH_JWT_AUD says; empty where it does not matter."""
    return os.environ.get("BERTH_JWT_AUD", "")


def sign_token(secret: str, tenant_id: uuid.UUID, user_id: uuid.UUID, ttl_seconds: int) -> str:
    """A JWT as docs and contract describe it."""
    now = int(time.time())
    claims = {
        "role": "authenticated",
        "sub": str(user_id),
        "tenant_id": str(tenant_id),
        "iat": now,
        "exp": now + ttl_seconds,
    }
    if jwt_audience():
        claims["aud"] = jwt_audience()
    try:
        key = read_keys(secret)[0]
    except ValueError as error:
        raise LocalError(f"the JWT secret {error}") from None
    return jwt.encode(claims, key.secret, algorithm="HS256", headers={"kid": key.id} if key.id else None)


class Duration(click.ParamType[int]):
    """A span such as 90s, 15m, 1h or 7d, in seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d+)([smhd])", value)
        if not match:
            self.fail(f"{value!r} is not a duration; write 90s, 15m, 1h or 7d", param, ctx)
        return int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


@click.group()
def tenant() -> None:
    """Manage tenants."""


@tenant.command("create")
@click.argument("slug")
@click.option("--name", required=True)
@click.option("--timezone", default="UTC", show_default=True, help="IANA name, like Europe/Berlin.")
@database_options
def create_tenant(slug: str, name: str, timezone: str, database_url: str | None, data_dir: Path) -> None:
    """Make a tenant."""
    with connect_database(database_url, data_dir) as connection:
        try:
            row = connection.execute(
                "insert into booking.tenants (slug, name, timezone) values (%s, %s, %s) returning id",
                (slug, name, timezone),
            ).fetchone()
        except psycopg.errors.UniqueViolation:
            raise LocalError(f"there is a tenant {slug} already") from None
        except psycopg.errors.CheckViolation:
            raise LocalError(
                "a slug is lower-case letters, digits and hyphens; a name is one line, and not empty"
            ) from None
    say(row[0] if row else "")


@tenant.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@database_options
def list_tenants(as_json: bool, database_url: str | None, data_dir: Path) -> None:
    """List the tenants, each with its time zone and how many members and resources it has."""
    with connect_database(database_url, data_dir) as connection:
        rows = connection.execute(
            "select t.slug, t.id::text, t.name, t.timezone,"
            "       (select count(*) from booking.members m where m.tenant_id = t.id),"
            "       (select count(*) from booking.resources s where s.tenant_id = t.id)"
            "  from booking.tenants t order by t.slug"
        ).fetchall()
    say_table(("slug", "id", "name", "timezone", "members", "resources"), rows, as_json)


@tenant.command("retain")
@click.argument("slug")
@click.option("--notes", metavar="INTERVAL", help="How long after its end a reservation keeps its notes; '' for ever.")
@click.option("--logs", metavar="INTERVAL", help="How long answers to synchronisations and the log of mails stay.")
@click.option("--keys", metavar="INTERVAL", help="How long answers kept for an Idempotency-Key stay.")
@click.option("--attempts", metavar="INTERVAL", help="How long refused attempts to book are counted.")
@click.option(
    "--claims", metavar="INTERVAL",
    help="How far back nothing may be entered any more, so that past claims may go, in whole months; '' for ever.",
)  # fmt: skip
@click.option(
    "--events", metavar="INTERVAL", help="How long the log of events goes back, in whole months; '' for ever."
)
@database_options
def retain(
    slug: str,
    notes: str | None,
    logs: str | None,
    keys: str | None,
    attempts: str | None,
    claims: str | None,
    events: str | None,
    database_url: str | None,
    data_dir: Path,
) -> None:
    """Say how long a tenant keeps what it need not keep: intervals such as '30 days'. Without options: what holds."""
    given_intervals = {
        "notes_retention": notes, "log_retention": logs, "keys_retention": keys, "attempts_retention": attempts,
        "claims_retention": claims, "events_retention": events,
    }  # fmt: skip
    with connect_database(database_url, data_dir) as connection:
        tenant_id = find_tenant(connection, slug)
        try:
            for column, given in given_intervals.items():
                if given is not None:
                    statement = psycopg.sql.SQL("update booking.tenants set {} = %s where id = %s")
                    connection.execute(statement.format(psycopg.sql.Identifier(column)), (given or None, tenant_id))
        except (psycopg.errors.DataError, psycopg.errors.IntegrityError):
            raise LocalError(
                "an interval is a day at least, like '30 days'; '' is for ever, but not for logs, keys and attempts"
            ) from None
        row = connection.execute(
            "select coalesce(notes_retention::text, 'ever'), log_retention::text, coalesce(claims_retention::text, 'ever'),"
            " coalesce(events_retention::text, 'ever'), keys_retention::text, attempts_retention::text"
            " from booking.tenants where id = %s",
            (tenant_id,),
        ).fetchone()
    if row:
        say(
            f"{slug} keeps notes for {row[0]}, logs for {row[1]}, claims for {row[2]}, events for {row[3]},"
            f" keys for {row[4]}, attempts for {row[5]}"
        )


@tenant.command("mails")
@click.argument("slug")
@click.option("--per-day", type=click.IntRange(0, 100_000), help="Mails that a member gets in 24 hours at most.")
@database_options
def limit_mails(slug: str, per_day: int | None, database_url: str | None, data_dir: Path) -> None:
    """Say how many mails a tenant's members get; what would be more is skipped. Without the option: what holds."""
    with connect_database(database_url, data_dir) as connection:
        row = connection.execute(
            "update booking.tenants set mails_per_day = coalesce(%s, mails_per_day) where id = %s returning mails_per_day",
            (per_day, find_tenant(connection, slug)),
        ).fetchone()
    if row:
        say(f"{slug} mails each member at most {row[0]} times in 24 hours")


@click.group()
def member() -> None:
    """Manage the members of a tenant."""


@member.command("add")
@click.option("--tenant", "slug", required=True)
@click.option("--user", required=True, type=click.UUID, help="The sub claim of the user's tokens.")
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--name", default="", help="How others see them.")
@click.option("--email", help="Where they are mailed, once they agree to it and the address is verified.")
@click.option("--verified", is_flag=True, help="You know that the address is theirs: nobody is mailed a link to ask.")
@database_options
def add_member(
    slug: str, user: uuid.UUID, role: str, name: str, email: str | None, verified: bool,
    database_url: str | None, data_dir: Path,
) -> None:  # fmt: skip
    """Add a member, or change their role, name or address."""
    if verified and not email:
        raise click.UsageError("--verified says something of an address; give it with --email")
    with connect_database(database_url, data_dir) as connection:
        try:
            connection.execute(
                "insert into booking.members as m (tenant_id, user_id, role, display_name, email, email_verified_at)"
                " values (%s, %s, %s, %s, %s, case when %s then now() end)"
                " on conflict (tenant_id, user_id) do update set role = excluded.role,"
                " display_name = coalesce(nullif(excluded.display_name, ''), m.display_name),"
                " email = coalesce(excluded.email, m.email),"
                " email_verified_at = coalesce(excluded.email_verified_at, m.email_verified_at)",
                (find_tenant(connection, slug), user, role, name, email, verified),
            )
        except (psycopg.errors.CheckViolation, psycopg.errors.StringDataRightTruncation):
            raise LocalError(
                "an email is one address like ada@example.org; a name is one line of at most 200 characters"
            ) from None
    say(f"{user} is {role} of {slug}")


@member.command("list")
@click.option("--tenant", "slug", required=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@database_options
def list_members(slug: str, as_json: bool, database_url: str | None, data_dir: Path) -> None:
    """List the members of a tenant, the most powerful first."""
    with connect_database(database_url, data_dir) as connection:
        rows = connection.execute(
            "select user_id::text, role::text, display_name, coalesce(email, ''), email_verified_at is not null"
            "  from booking.members m where tenant_id = %s order by m.role desc, display_name, m.user_id",
            (find_tenant(connection, slug),),
        ).fetchall()
    say_table(("user", "role", "name", "email", "verified"), rows, as_json)


@member.command("remove")
@click.option("--tenant", "slug", required=True)
@click.option("--user", required=True, help="The user's id, or display name.")
@database_options
def remove_member(slug: str, user: str, database_url: str | None, data_dir: Path) -> None:
    """Remove a member: their access ends at once, whatever tokens exist. Their reservations stay.

    To erase what is stored about them too, call erase_member first.
    """
    with connect_database(database_url, data_dir) as connection:
        tenant_id = find_tenant(connection, slug)
        user_id = find_user(connection, tenant_id, user)
        connection.execute("delete from booking.members where (tenant_id, user_id) = (%s, %s)", (tenant_id, user_id))
        row = connection.execute(
            "select count(*) from booking.members where tenant_id = %s and role = 'admin'", (tenant_id,)
        ).fetchone()
    say(f"{user_id} is no member of {slug} any more")
    if row and not row[0]:
        say(f"{slug} has no admin now; add one with 'berth member add'", err=True)


@click.command()
@click.option("--tenant", "slug", required=True)
@click.option("--user", required=True, help="The user's id, or display name.")
@click.option("--ttl", type=Duration(), default="1h", show_default=True, help="How long it is good for: 15m, 1h, 7d.")
@database_options
def token(slug: str, user: str, ttl: int, database_url: str | None, data_dir: Path) -> None:
    """Print a JWT for a member."""
    secret = resolve_secret(data_dir)
    with connect_database(database_url, data_dir) as connection:
        tenant_id = find_tenant(connection, slug)
        say(sign_token(secret, tenant_id, find_user(connection, tenant_id, user), ttl))
