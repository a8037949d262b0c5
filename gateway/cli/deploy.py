"""``berth deploy``: what a deployment does once, before its services start."""

import os
from pathlib import Path

import click

from db.migrate import Migrator
from gateway.cli.options import database_options, resolve_database
from gateway.cli.output import say
from gateway.local import LocalError
from gateway.local.logins import PASSWORDS, give_password, other_databases
from gateway.secrets import SHORTEST_KEY, SHORTEST_PASSWORD, require_strong, require_strong_login

_SHORTEST = {"BERTH_JWT_SECRET": SHORTEST_KEY, **dict.fromkeys(PASSWORDS.values(), SHORTEST_PASSWORD)}


@click.command()
@database_options
def deploy(database_url: str | None, data_dir: Path) -> None:
    """Check the secrets, migrate, and give the logins their passwords; as often as you like.

    BERTH_JWT_SECRET, BERTH_AUTHENTICATOR_PASSWORD, BERTH_GATEWAY_PASSWORD and BERTH_WORKER_PASSWORD come from the
    environment. Secrets that are short, or an example's, are refused unless BERTH_ENV is development.
    """
    url = resolve_database(database_url, data_dir)
    try:
        for name, shortest in _SHORTEST.items():
            require_strong(name, os.environ.get(name, ""), shortest)
        require_strong_login("BERTH_DATABASE_URL", url)
    except ValueError as error:
        raise LocalError(str(error)) from None
    say(f"{Migrator(url).up()} migrations applied")
    others = other_databases(url)
    for role, name in PASSWORDS.items():
        give_password(url, role, os.environ[name])
        say(f"{role} has its password" + (f", also for {', '.join(others)}" if others else ""))
