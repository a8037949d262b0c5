"""A hot standby of another cluster, which can take over from it."""

import os
from pathlib import Path

import psycopg

from gateway.local.ports import HOST, free_port
from gateway.local.postgres import Cluster


class Standby(Cluster):
    """A copy of a running cluster that follows it."""

    name = "The standby"

    def __init__(self, data_dir: Path, primary: Cluster) -> None:
        super().__init__(data_dir, free_port(), primary.settings)
        (self.data_dir / "postgres_password").write_text(primary.password)
        self.pgdata.mkdir(mode=0o700)
        if self._user:
            os.chown(self.pgdata, self._user.pw_uid, self._user.pw_gid)
        self._run(
            "pg_basebackup", "-d", primary.url("postgres"), "-D", self.pgdata, "-R", "-X", "stream", "-c", "fast"
        )  # fmt: skip
        self._primary = primary

    def execute(self, query: str) -> object:
        """The first value of one query, as the superuser."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
        return row and row[0]

    def has_all(self) -> bool:
        """Whether it has replayed all that the primary has written."""
        with psycopg.connect(self._primary.url("postgres"), autocommit=True) as connection:
            row = connection.execute("select pg_current_wal_lsn()::text").fetchone()
        assert row
        return bool(self.execute(f"select pg_last_wal_replay_lsn() >= '{row[0]}'"))

    def cut_off(self) -> None:
        """Lets it follow no more, while the primary goes on."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute("alter system set primary_conninfo = ''")
            connection.execute("select pg_reload_conf()")
            while connection.execute("select from pg_stat_wal_receiver").fetchone():
                pass

    def promote(self) -> None:
        """Makes it the primary; the checkpoint that follows is still under way."""
        assert self.execute("select pg_promote()")


def either(*clusters: Cluster) -> dict[str, str]:
    """How libpq finds the one of them that takes writes."""
    return {
        "host": ",".join(HOST for _ in clusters),
        "port": ",".join(str(cluster.port) for cluster in clusters),
        "target_session_attrs": "read-write",
    }
