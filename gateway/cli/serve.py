"""``berth serve``: the gateway, for a deployment."""

import os
import sys
from pathlib import Path

import click

from gateway.local import LocalError
from gateway.local.ports import HOST
from gateway.local.service import HttpService, environment_with
from gateway.settings import Settings


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Address and port to listen on.")
@click.option("--workers", default=1, show_default=True, help="Processes; each serves many connections at once.")
def serve(bind: str, workers: int) -> None:
    """Run the gateway under gunicorn; BERTH_REST_URL says where PostgREST is, BERTH_DATABASE_URL the database."""
    try:
        Settings.from_environment()
    except ValueError as error:
        raise LocalError(str(error)) from None
    os.execv(sys.executable, gunicorn_command(bind, workers))


def gunicorn_command(bind: str, workers: int = 1) -> list[str]:
    """The gateway as a command line."""
    return [
        sys.executable, "-m", "gunicorn", "--config", "python:gateway.gunicorn_config",
        "--bind", bind, "--workers", str(workers), "gateway.wsgi:app",
    ]  # fmt: skip


class Gateway(HttpService):
    """One gateway process in front of ``rest_url``."""

    name = "The gateway"
    probe = "/ready"

    def __init__(self, rest_url: str, database_url: str, port: int, log_file: Path) -> None:
        environment = environment_with({"BERTH_REST_URL": rest_url, "BERTH_DATABASE_URL": database_url})
        super().__init__(gunicorn_command(f"{HOST}:{port}"), environment, port, log_file)
