"""``berth deploy``: what a deployment does once, before its services start."""

import os
from pathlib import Path

import click

from db.migrate import Migrator
from gateway.cli.options import database_options, resolve_database, resolve_secret
from gateway.cli.output import say
from gateway.local import LocalError
from gateway.local.logins import PASSWORDS, give_password, other_databases
from gateway.secrets import SHORTEST_PASSWORD, require_strong, require_strong_keys, require_strong_login


@click.command()
@database_options
def deploy(database_url: str | None, data_dir: Path) -> None:
    """Check the secrets, migrate, and give the logins their passwords; as often as you like.

    BERTH_JWT_SECRET (or BERTH_JWT_SECRET_FILE), BERTH_AUTHENTICATOR_PASSWORD, BERTH_GATEWAY_PASSWORD and
    BERTH_WORKER_PASSWORD come from the environment. Secrets that are short, or an example's, are refused unless
    BERTH_ENV is development.
    """
    url = resolve_database(database_url, data_dir)
    try:
        for name in PASSWORDS.values():
            require_strong(name, os.environ.get(name, ""), SHORTEST_PASSWORD)
        is_in_file = bool(os.environ.get("BERTH_JWT_SECRET_FILE"))
        secret = resolve_secret(data_dir) if is_in_file else os.environ.get("BERTH_JWT_SECRET", "")
        require_strong_keys("BERTH_JWT_SECRET", secret)
        require_strong_login("BERTH_DATABASE_URL", url)
    except ValueError as error:
        raise LocalError(str(error)) from None
    say(f"{Migrator(url).up()} migrations applied")
    others = other_databases(url)
    for role, name in PASSWORDS.items():
        give_password(url, role, os.environ[name])
        say(f"{role} has its password" + (f", also for {', '.join(others)}" if others else ""))
