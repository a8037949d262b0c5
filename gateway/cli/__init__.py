"""The command ``berth``."""

import sys

import click
import httpx
import psycopg

from db.migrate import MigrationError
from gateway.cli.bench import bench
from gateway.cli.bookings import import_bookings
from gateway.cli.database import migrate
from gateway.cli.deploy import deploy
from gateway.cli.diagram import diagram
from gateway.cli.doctor import doctor
from gateway.cli.export import export_calendar
from gateway.cli.instance import down, status, up
from gateway.cli.maintain import maintain
from gateway.cli.openapi import openapi
from gateway.cli.report import report
from gateway.cli.serve import serve
from gateway.cli.tenants import member, tenant, token
from gateway.cli.types import types
from gateway.cli.worker import worker
from gateway.local import LocalError


class Berth(click.Group):
    """Answers what the user can mend in one line, with exit code 2, and no traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (LocalError, MigrationError) as error:
            click.echo(f"berth: {error}", err=True)
        except psycopg.OperationalError as error:
            click.echo(f"berth: the database does not answer: {str(error).splitlines()[0]}", err=True)
        except httpx.TransportError as error:
            click.echo(f"berth: PostgREST does not answer: {error}", err=True)
        sys.exit(2)


@click.group(cls=Berth, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="berth")
def main() -> None:
    """Reservations that cannot overlap."""


for command in (
    up, status, down, migrate, deploy, doctor, tenant, member, token, import_bookings, export_calendar, report, serve,
    worker, maintain, diagram, openapi, types, bench,
):  # fmt: skip
    main.add_command(command)
