"""Over HTTP, all through PostgREST: ``create_reservation``, a bare insert, and a function that does nothing."""

import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import jwt

from bench.arena import Arena
from bench.plan import Plan
from bench.population import RESOURCES, Slots, jwt_claims
from bench.result import Figures, Result, Target, latencies
from gateway.local import LocalError
from gateway.local.ports import HOST
from gateway.local.postgrest import PROJECT_DIR

CLIENTS = 8
# More than this many a second no client makes.
_FASTEST = 2_000

WAYS = {
    "no-op": "/rpc/bench_noop",
    "bare insert": "/rpc/bench_insert",
    "create_reservation": "/rpc/create_reservation",
}
COMPARED = ("per_second", "p50_ms", "p99_ms")


def measure(arena: Arena, plan: Plan, claims: int) -> Result:
    """Requests a second."""
    database = arena.database(claims, bare=True)
    result = Result("rest", "requests through PostgREST", [claims], CLIENTS, {way: [] for way in WAYS})
    token = jwt.encode(jwt_claims(), arena.jwt_secret, algorithm="HS256")
    with arena.postgrest(database) as rest:
        for _ in range(plan.rounds):
            for way, path in WAYS.items():
                slots = None if way == "no-op" else arena.slots
                result.rounds[way].append(load(rest.port, token, path, CLIENTS, plan.seconds, slots))
    noop, bare, create = WAYS
    # How much of the distance from the no-op is the price of any insert.
    result.compare(bare, noop, *COMPARED)
    result.compare(create, bare, *COMPARED)
    ratios = result.compare(create, noop, *COMPARED)
    result.targets = [Target("requests, as a share of the no-op's", ratios["per_second"], at_least=0.6)]
    return result


def load(
    port: int, token: str, path: str, clients: int, seconds: float, slots: Slots | None = None, *,
    method: str = "POST", body: Mapping[str, str] | None = None, then: str = "",
) -> Figures:  # fmt: skip
    """How often so many clients get an answer: each time of the next slot, or resource where the path has {resource}.

    Where the answer is a reservation, ``then`` is asked with its id, and the two count as one.
    """
    resources = [_resource(number) for number in range(1, RESOURCES + 1)]
    each = round(_FASTEST * seconds) if slots else 0
    first = slots.take(each * clients) if slots else 0
    processes: list[subprocess.Popen[str]] = []
    try:
        for client in range(clients):
            random.shuffle(resources)
            task = {
                "host": HOST, "port": port, "token": token, "method": method, "path": path, "then": then,
                "body": body or {}, "seconds": seconds, "resources": resources,
                "slots": (first + each * client, first + each * (client + 1)),
            }  # fmt: skip
            processes.append(_start(task))
        for process in processes:
            if process.stdout and process.stdout.readline() != "ready\n":
                raise LocalError(f"a request to {path} failed: {process.communicate()[1].strip()}")
        for process in processes:
            if process.stdin:
                process.stdin.write("go\n")
                process.stdin.flush()
        took: list[float] = []
        for process in processes:
            said, problem = process.communicate()
            if process.returncode:
                raise LocalError(f"a request to {path} failed: {problem.strip()}")
            took += json.loads(said)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    return {"per_second": len(took) / seconds, **latencies(took)}


def _start(task: dict[str, Any]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        # Without site-packages, which it does not need: many start at once.
        [sys.executable, "-S", "-m", "bench.http_client"], cwd=PROJECT_DIR, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin
    process.stdin.write(json.dumps(task) + "\n")
    process.stdin.flush()
    return process


def _resource(number: int) -> str:
    """What population.RESOURCE_ID is in SQL."""
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()
