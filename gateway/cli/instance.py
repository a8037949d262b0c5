"""``berth status``, ``berth down``: what ``berth up`` runs."""

import json
import os
import signal
import sys
from pathlib import Path

import click

from gateway.cli.options import data_dir_option
from gateway.cli.output import say
from gateway.local import LocalError
from gateway.local.instance import Instance, wait_until_gone
from gateway.local.postgres import Cluster


@click.command()
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(data_dir: Path, as_json: bool) -> None:
    """Say where the running instance is; exit 0 when it is ready."""
    instance = Instance.load(data_dir)
    running = instance is not None and instance.alive()
    ready = bool(instance and running and instance.ready())
    if as_json:
        names = ("gateway_url", "rest_url", "database_url", "jwt_secret_file")
        found = {name: getattr(instance, name) if running else None for name in names}
        say(json.dumps({**found, "ready": ready}))
    elif instance and running:
        say(f"{'ready' if ready else 'not ready'}  {instance.gateway_url}  {instance.rest_url}")
    else:
        say(f"nothing runs from {data_dir}")
    sys.exit(0 if ready else 1)


@click.command()
@data_dir_option
def down(data_dir: Path) -> None:
    """Stop the running instance, losing nothing."""
    instance = Instance.load(data_dir)
    if instance is None:
        say(f"nothing runs from {data_dir}")
        return
    if instance.alive():
        os.kill(instance.supervisor[0], signal.SIGTERM)
        if not wait_until_gone(instance.supervisor, 90):
            raise LocalError(f"process {instance.supervisor[0]} does not stop; see {data_dir / 'logs'}")
    else:
        # Its supervisor was killed: what it started may still run.
        instance.stop_children()
        if (data_dir / "postgres_password").exists():
            Cluster(data_dir, 0).stop()
        Instance.path(data_dir).unlink(missing_ok=True)
    say("stopped")
