"""Runs PostgreSQL and PostgREST on this machine, for ``berth up``, the tests and the benchmarks."""


class LocalError(Exception):
    """This machine cannot run Berth as asked; the message is one line that says what to do."""
