"""Everybody wants the same slot at the same moment, a new one each time: one has it, the others are told."""

import selectors
from collections import Counter
from contextlib import ExitStack

from bench.arena import Arena, Database
from bench.plan import Plan
from bench.population import RESOURCE_ID, TENANT, Slots
from bench.result import Figures, Result, Target, latencies
from bench.statement import Attempt, Statement

CLIENTS = 16
# For each second that is asked for: how many slots, and how many seconds until an attempt gives up.
# The bare table gets few slots: there, one can take seconds.
_SLOTS = {"bare insert": 0.4, "create_reservation": 10}
_PATIENCE = 3
DEADLOCK = "40P01"

_RANGE = f"{Slots.start('$1')}, {Slots.start('$1::float8 + 1')}"
_RESOURCE = RESOURCE_ID.format("'1'")

STATEMENTS = {
    "bare insert": f"""
insert into bench.claims (tenant_id, resource_id, unit, during, claimant, source_id)
select '{TENANT}', {_RESOURCE}, 1, tstzrange({_RANGE}), id, id from gen_random_uuid() id""",
    "create_reservation": f"select api.create_reservation({_RESOURCE}, {_RANGE})",
}
REFUSALS = {"bare insert": "23P01", "create_reservation": "PT409"}


def measure(arena: Arena, plan: Plan, claims: int) -> Result:
    """Latency of every attempt, and who won."""
    database = arena.database(claims, bare=True)
    result = Result("contended", "all for one slot", [claims], CLIENTS, {way: [] for way in STATEMENTS})
    for _ in range(plan.rounds):
        for way in STATEMENTS:
            count = max(1, round(_SLOTS[way] * plan.seconds))
            result.rounds[way].append(
                _contend(database, way, arena.slots.take(count + CLIENTS), count, _PATIENCE * plan.seconds)
            )
    bare, create = STATEMENTS
    result.ratios = {"p50_ms": result.ratio("p50_ms", create, bare), "p99_ms": result.ratio("p99_ms", create, bare)}
    rounds = result.rounds[create]
    result.targets = [
        Target("p99 of create_reservation, in ms", result.medians()[create]["p99_ms"], at_most=25),
        # In any round, not in most.
        Target("deadlocks of create_reservation", sum(figures["deadlocks"] for figures in rounds), at_most=0),
        Target("slots without exactly one winner", sum(figures["wrong"] for figures in rounds), at_most=0),
        Target("refusals other than 409", sum(figures["others"] for figures in rounds), at_most=0),
    ]
    return result


def _contend(database: Database, way: str, first: int, count: int, patience: int) -> Figures:
    attempts: list[Attempt] = []
    wrong = 0
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        statements = []
        for _ in range(CLIENTS):
            connection = stack.enter_context(database.connect_member())
            connection.execute(f"set statement_timeout = '{patience}s'")
            statements.append(Statement(connection, STATEMENTS[way]))
            selector.register(statements[-1], selectors.EVENT_READ)
        # Connections of a pool are warm: each has once been given a slot and once been refused it.
        for slot, statement in enumerate(statements, first + count):
            for _ in range(2):
                statement.run(slot)
        for slot in range(first, first + count):
            answers = _race(statements, selector, slot)
            wrong += sum(answer.sqlstate is None for answer in answers) != 1
            attempts += answers
    states = Counter(attempt.sqlstate for attempt in attempts)
    refused, deadlocks = states[REFUSALS[way]], states[DEADLOCK]
    return {
        "slots": count,
        "wrong": wrong,
        "winners": states[None],
        "refused": refused,
        "deadlocks": deadlocks,
        "others": len(attempts) - states[None] - refused - deadlocks,
        **latencies([attempt.took for attempt in attempts]),
    }


def _race(statements: list[Statement], selector: selectors.BaseSelector, slot: int) -> list[Attempt]:
    """One attempt of each, all at once, from one thread: threads would measure each other."""
    for statement in statements:
        statement.send(slot)
    answers: list[Attempt] = []
    while len(answers) < len(statements):
        for key, _ in selector.select():
            assert isinstance(key.fileobj, Statement)
            answer = key.fileobj.poll()
            if answer:
                answers.append(answer)
    return answers
