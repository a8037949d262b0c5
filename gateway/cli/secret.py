"""``berth secret``: rotating the JWT secret."""

import os
import tempfile
from pathlib import Path

import click

from gateway.cli.options import data_dir_option, find_secret, resolve_secret
from gateway.cli.output import say
from gateway.keys import Key, read_keys, write_keys
from gateway.local import LocalError


@click.group()
def secret() -> None:
    """Rotate the JWT secret: 'rotate' adds a key, 'retire' takes the old ones away.

    Both write the file that has the secret; where it is in BERTH_JWT_SECRET, they print what to set there.
    """


@secret.command("rotate")
@data_dir_option
def rotate(data_dir: Path) -> None:
    """Put a new key, which signs from now on, before the keys there are, which are still good."""
    _store([Key.generate(), *_read(data_dir)], data_dir)


@secret.command("retire")
@data_dir_option
def retire(data_dir: Path) -> None:
    """Keep the newest key alone: tokens of the others are refused."""
    _store(_read(data_dir)[:1], data_dir)


def _read(data_dir: Path) -> list[Key]:
    try:
        return read_keys(resolve_secret(data_dir))
    except ValueError as error:
        raise LocalError(f"the JWT secret {error}") from None


def _store(keys: list[Key], data_dir: Path) -> None:
    path = find_secret(data_dir)
    if path is None:
        say(write_keys(keys))
        return
    # The file is there whole or not at all, and never anybody else's to read.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with open(descriptor, "w") as file:
            file.write(write_keys(keys))
        status = path.stat()
        os.chmod(temporary, status.st_mode & 0o777)
        if os.geteuid() == 0:
            os.chown(temporary, status.st_uid, status.st_gid)
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    say(f"{path} has {len(keys)} {'key' if len(keys) == 1 else 'keys'}; restart PostgREST to have it read them")
