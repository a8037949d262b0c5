"""One side of ``bench.checkouts``: a throw-away cluster, PostgREST and a gateway of the checkout it is run in.

It is handed over as text, so that it also works in a checkout that has no such file: it uses only what all have. Prints
one line of JSON that says where everything is, and cleans up when its standard input closes.
"""

import json
import sys
from contextlib import suppress
from pathlib import Path

import jwt
from psycopg.conninfo import make_conninfo

import bench
import db
import gateway
from bench.arena import open_arena
from bench.population import jwt_claims
from gateway.cli.serve import Gateway
from gateway.local.ports import free_port


def main(name: str, claims: int) -> None:
    # Another checkout's code would be measured without anybody seeing it.
    for package in (bench, db, gateway):
        assert Path.cwd() in Path(package.__path__[0]).resolve().parents, package
    with open_arena(lambda step: print(f"{name}: {step}", file=sys.stderr)) as arena:
        database = arena.database(claims)
        with arena.copy(database, "_plain") as plain, arena.copy(database, "_ruled") as ruled:
            with database.connect() as connection:
                connection.execute("alter role berth_gateway password 'gateway-of-the-bench'")
            login = make_conninfo(database.url, user="berth_gateway", password="gateway-of-the-bench")
            log = database.cluster.data_dir / "gateway.log"
            with arena.postgrest(database) as rest, Gateway(rest.url, login, free_port(), log) as served:
                ready = {
                    "folder": str(database.cluster.data_dir), "port": database.cluster.port,
                    "databases": {"main": database.name, "plain": plain.name, "ruled": ruled.name},
                    "rest": rest.port, "gateway": served.port,
                    "token": jwt.encode(jwt_claims(), arena.jwt_secret, algorithm="HS256"),
                }  # fmt: skip
                print(json.dumps(ready), flush=True)
                sys.stdin.read()


if __name__ == "__main__":
    # What SIGTERM becomes in an arena.
    with suppress(KeyboardInterrupt):
        main(sys.argv[1], int(sys.argv[2]))
