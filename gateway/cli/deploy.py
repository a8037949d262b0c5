"""``berth deploy``: what a deployment does once, before its services start."""

import os
from pathlib import Path

import click

from db.migrate import Migrator
from gateway.cli.options import database_options, resolve_database
from gateway.local import LocalError
from gateway.local.logins import PASSWORDS, give_password

_DEMO = "demo-only-"
# RFC 7518, section 3.2: a key for HS256 is no shorter than its hash.
_SHORTEST = {"BERTH_JWT_SECRET": 32, **dict.fromkeys(PASSWORDS.values(), 16)}


@click.command()
@database_options
def deploy(database_url: str | None, data_dir: Path) -> None:
    """Check the secrets, migrate, and give the logins their passwords; as often as you like.

    BERTH_JWT_SECRET, BERTH_AUTHENTICATOR_PASSWORD and BERTH_GATEWAY_PASSWORD come from the environment. Secrets that are
    short, or those of .env.example, are refused unless BERTH_ENV is development.
    """
    for name in _SHORTEST:
        _check(name)
    url = resolve_database(database_url, data_dir)
    click.echo(f"{Migrator(url).up()} migrations applied")
    for role, name in PASSWORDS.items():
        give_password(url, role, os.environ[name])
        click.echo(f"{role} has its password")


def _check(name: str) -> None:
    secret = os.environ.get(name, "")
    if os.environ.get("BERTH_ENV") == "development":
        if not secret:
            raise LocalError(f"{name} is not set")
        return
    if len(secret.encode()) < _SHORTEST[name]:
        raise LocalError(f"{name} has fewer than {_SHORTEST[name]} characters; make one with: openssl rand -hex 32")
    if secret.startswith(_DEMO):
        raise LocalError(f"{name} is the demo's; make one with: openssl rand -hex 32")
