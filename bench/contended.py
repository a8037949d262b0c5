"""Everybody wants the same slot at the same moment, a new one each time: one has it, the others are told."""

import selectors
from collections import Counter
from contextlib import ExitStack

from bench.arena import Arena, Database
from bench.plan import Plan
from bench.population import INSERT_BARE, RESOURCE_ID, Slots
from bench.result import Figures, Result, Target, latencies
from bench.statement import Attempt, Statement

CLIENTS = 16
# For each second that is asked for: how many slots, and how many seconds until an attempt gives up.
# The bare table gets few slots: there, one can take seconds.
_SLOTS = {"bare insert": 0.4, "create_reservation": 10}
_PATIENCE = 3
DEADLOCK = "40P01"

Race = list[Attempt]

_START, _END = Slots.start("$1"), Slots.start("$1::float8 + 1")
_RESOURCE = RESOURCE_ID.format("'1'")

STATEMENTS = {
    "bare insert": INSERT_BARE.format(resource=_RESOURCE, start=_START, end=_END),
    "create_reservation": f"select api.create_reservation({_RESOURCE}, {_START}, {_END})",
}
COMPARED = ("p50_ms", "p99_ms", "max_ms")
REFUSALS = {"bare insert": "23P01", "create_reservation": "PT409"}


def measure(arena: Arena, plan: Plan, claims: int) -> Result:
    """Latency of every attempt, and who won."""
    database = arena.database(claims, bare=True)
    result = Result(
        "contended", "all for one slot, all rounds together", [claims], CLIENTS, {way: [] for way in STATEMENTS}
    )
    races: dict[str, list[Race]] = {way: [] for way in STATEMENTS}
    for _ in range(plan.rounds):
        for way in STATEMENTS:
            count = plan.times(_SLOTS[way])
            first = arena.slots.take(count + CLIENTS)
            held = contend(database, way, range(first, first + count), _PATIENCE * max(1, plan.seconds))
            result.rounds[way].append(figures(held, REFUSALS[way]))
            races[way] += held
    # Of all rounds together: a median would leave out what goes wrong now and then.
    result.figures = {way: figures(races[way], REFUSALS[way]) for way in STATEMENTS}
    bare, create = (result.figures[way] for way in STATEMENTS)
    result.ratios["create_reservation / bare insert"] = {name: create[name] / bare[name] for name in COMPARED}
    result.targets = [
        Target("p99 of create_reservation, in ms", create["p99_ms"], at_most=25),
        Target("deadlocks of create_reservation", create["deadlocks"], at_most=0),
        Target("slots without exactly one winner", create["wrong"], at_most=0),
        Target("refusals other than 409", create["others"], at_most=0),
    ]
    return result


def contend(database: Database, way: str, slots: range, patience: float) -> list[Race]:
    """One race for each slot; the slots after them warm the connections up, one each."""
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        statements = []
        for _ in range(CLIENTS):
            connection = stack.enter_context(database.connect_member())
            connection.execute(f"set statement_timeout = '{patience}s'")
            statements.append(Statement(connection, STATEMENTS[way]))
            selector.register(statements[-1], selectors.EVENT_READ)
        # Connections of a pool are warm: each has once been given a slot and once been refused it.
        for slot, statement in enumerate(statements, slots.stop):
            for _ in range(2):
                statement.run(slot)
        return [_race(statements, selector, slot) for slot in slots]


def figures(races: list[Race], refusal: str) -> Figures:
    """How the attempts ended and how long they took."""
    attempts = [attempt for race in races for attempt in race]
    states = Counter(attempt.sqlstate for attempt in attempts)
    return {
        "slots": len(races),
        "wrong": sum(sum(attempt.sqlstate is None for attempt in race) != 1 for race in races),
        "winners": states[None],
        "refused": states[refusal],
        "deadlocks": states[DEADLOCK],
        "others": len(attempts) - states[None] - states[refusal] - states[DEADLOCK],
        **latencies([attempt.took for attempt in attempts]),
    }


def _race(statements: list[Statement], selector: selectors.BaseSelector, slot: int) -> Race:
    """One attempt of each, all at once, from one thread: threads would measure each other."""
    for statement in statements:
        statement.send(slot)
    answers: Race = []
    while len(answers) < len(statements):
        for key, _ in selector.select():
            assert isinstance(key.fileobj, Statement)
            answer = key.fileobj.poll()
            if answer:
                answers.append(answer)
    return answers
