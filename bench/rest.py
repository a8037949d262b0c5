"""Over HTTP, all through PostgREST: ``create_reservation``, a bare insert, and a function that does nothing."""

import hashlib
import json
import random
import subprocess
import sys
from typing import Any

import jwt

from bench.arena import Arena
from bench.plan import Plan
from bench.population import RESOURCES, jwt_claims
from bench.result import Figures, Result, Target, latencies
from gateway.local import LocalError
from gateway.local.ports import HOST
from gateway.local.postgrest import PROJECT_DIR, PostgREST

CLIENTS = 8
# More than this many a second no client makes.
_FASTEST = 10_000

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
                each = 0 if way == "no-op" else _FASTEST * plan.seconds
                first = arena.slots.take(each * CLIENTS)
                slots = [(first + each * client, first + each * (client + 1)) for client in range(CLIENTS)]
                result.rounds[way].append(_load(rest, path, token, slots, plan.seconds))
    noop, bare, create = WAYS
    # How much of the distance from the no-op is the price of any insert.
    result.compare(bare, noop, *COMPARED)
    result.compare(create, bare, *COMPARED)
    ratios = result.compare(create, noop, *COMPARED)
    result.targets = [Target("requests, as a share of the no-op's", ratios["per_second"], at_least=0.6)]
    return result


def _load(rest: PostgREST, path: str, token: str, slots: list[tuple[int, int]], seconds: int) -> Figures:
    resources = [_resource(number) for number in range(1, RESOURCES + 1)]
    processes: list[subprocess.Popen[str]] = []
    try:
        for own in slots:
            random.shuffle(resources)
            task = {
                "host": HOST, "port": rest.port, "token": token, "path": path, "body": {}, "seconds": seconds,
                "slots": own, "resources": resources,
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
        [sys.executable, "-m", "bench.http_client"], cwd=PROJECT_DIR, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin
    process.stdin.write(json.dumps(task) + "\n")
    process.stdin.flush()
    return process


def _resource(number: int) -> str:
    """What population.RESOURCE_ID is in SQL."""
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()
