"""What all proofs need."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateway.local.ports import free_port
from gateway.local.postgres import Cluster
from tests.conftest import Person, Tenant
from tests.prove import FORM
from tests.prove.figures import FOLDER
from tests.prove.history import History


@pytest.fixture
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[History]:
    """The history of this proof: of the short form it goes with the test, otherwise it stays to be read."""
    folder = tmp_path
    if FORM != "short":
        folder = FOLDER / FORM
        folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{request.node.name}.jsonl"
    path.unlink(missing_ok=True)
    history = History(path)
    yield history
    history.close()


@pytest.fixture(scope="session")
def spare_cluster() -> Iterator[Cluster]:
    """Another PostgreSQL than everybody's: one that may be killed, and that keeps what it has acknowledged."""
    # Not pytest's own folder, as for ``server``.
    folder = Path(tempfile.mkdtemp(prefix="berth-prove-"))
    folder.chmod(0o755)
    # No death of a process loses what the system has; only a power cut would. That is for the long forms.
    cluster = Cluster(folder, free_port(), {"fsync": "off" if FORM == "short" else "on", "max_connections": "200"})
    try:
        cluster.initialise()
        cluster.start()
        yield cluster
    finally:
        cluster.stop("immediate")
        shutil.rmtree(folder)


def violations(tenant: Tenant) -> int:
    """How many there are of the invariants."""
    return len(
        tenant.connection.execute(
            "select from booking.verify_invariants() where tenant_id = %s", (tenant.id,)
        ).fetchall()
    )


class Speaker:
    """A connection on which every statement is one of this person's requests, committed at once unless in a transaction."""

    def __init__(self, url: str, person: Person) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute("select set_config('request.jwt.claims', %s, false)", (json.dumps(person.claims),))
        self.connection.execute("set role authenticated")

    def call(self, function: str, **arguments: Any) -> Any:
        """What a function of the API answers."""
        names = ", ".join(f"{name} => %({name})s" for name in arguments)
        row = self.connection.execute(f"select to_jsonb(api.{function}({names}))", arguments).fetchone()
        assert row
        return row[0]

    def __enter__(self) -> "Speaker":
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()
