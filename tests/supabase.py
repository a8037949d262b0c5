"""A cluster in the shape of a Supabase project: its roles are there already, and ``postgres`` is no superuser."""

import os
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from gateway.local.postgres import Cluster

IS_TRIED = bool(os.environ.get("BERTH_TEST_SUPABASE"))
"""Whether the whole suite runs on that shape."""

SHAPE = Path(__file__).parent / "data" / "supabase.sql"


def shape(cluster: Cluster) -> None:
    """Shapes a fresh cluster; from then on ``cluster.url()`` connects as the project's administrator."""
    # Nobody can rename or demote themselves.
    with psycopg.connect(cluster.url("template1"), autocommit=True) as connection:
        connection.execute(sql.SQL("create role shaper superuser login password {}").format(cluster.password))
    with psycopg.connect(make_conninfo(cluster.url("template1"), user="shaper"), autocommit=True) as connection:
        connection.execute(SHAPE.read_text().encode())
        connection.execute(sql.SQL("alter role postgres password {}").format(cluster.password))
    with psycopg.connect(superuser_url(cluster, "postgres"), autocommit=True) as connection:
        connection.execute("drop role shaper")


def superuser_url(cluster: Cluster, dbname: str) -> str:
    """The database as Supabase itself connects."""
    return make_conninfo(cluster.url(dbname), user="supabase_admin")


def make_project(cluster: Cluster, dbname: str) -> None:
    """A database, its administrator's own as a project's is."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(dbname)))
