"""Inserting at full speed: ``create_reservation`` and a bare table with the same exclusion constraint."""

import os
import re
import subprocess
import tempfile

from bench.arena import Arena, Database
from bench.plan import Plan
from bench.population import INSERT_BARE, RESOURCE_ID, RESOURCES, Slots, member_options
from bench.result import Figures, Result, Target
from gateway.local import LocalError

CLIENTS = 8
# More than this many a second nobody makes.
FASTEST = 50_000

_SLOT = f"""\
\\set n :n + 1
\\set slot :base + :n * {CLIENTS} + :client_id
\\set next :slot + 1
\\set resource random(1, {RESOURCES})
"""
_START, _END = Slots.start(":slot"), Slots.start(":next")
_RESOURCE = RESOURCE_ID.format(":resource::text")

SCRIPTS = {
    "bare insert": f"{_SLOT}{INSERT_BARE.format(resource=_RESOURCE, start=_START, end=_END)};\n",
    "create_reservation": f"{_SLOT}select api.create_reservation({_RESOURCE}, {_START}, {_END});\n",
}


def measure(arena: Arena, plan: Plan, claims: int) -> Result:
    """Transactions a second through pgbench."""
    database = arena.database(claims, bare=True)
    result = Result("sql", "inserting over SQL", [claims], CLIENTS, {way: [] for way in SCRIPTS})
    for _ in range(plan.rounds):
        for way, script in SCRIPTS.items():
            base = arena.slots.take(FASTEST * max(1, round(plan.seconds)))
            result.rounds[way].append(pgbench(database, script, base, plan.seconds))
    bare, create = SCRIPTS
    ratios = result.compare(create, bare, "per_second", "latency_ms")
    result.targets = [Target("throughput, as a share of the bare insert's", ratios["per_second"], at_least=0.5)]
    return result


def pgbench(database: Database, script: str, base: int, seconds: float) -> Figures:
    """How often the clients execute one of ``SCRIPTS``, on slots from ``base`` on."""
    with tempfile.NamedTemporaryFile("w", prefix="berth-bench-", suffix=".sql") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(
            [
                database.cluster.program("pgbench"), "--no-vacuum", "--protocol=prepared",
                f"--client={CLIENTS}", f"--jobs={min(CLIENTS, os.cpu_count() or 1)}", f"--time={max(1, round(seconds))}",
                f"--define=base={base}", "--define=n=0", f"--file={file.name}", database.url,
            ],
            env={**os.environ, "PGOPTIONS": member_options()}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    rate = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    latency = re.search(r"^latency average = ([\d.]+) ms", done.stdout, re.MULTILINE)
    if done.returncode or not rate or not latency:
        said = [line for line in done.stderr.splitlines() if "error" in line.lower()] or done.stderr.splitlines()
        raise LocalError(f"pgbench failed: {said[0] if said else done.returncode}")
    return {"per_second": float(rate[1]), "latency_ms": float(latency[1])}
