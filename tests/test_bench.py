"""The benchmarks measure what they say; how fast is no test."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner

from bench import bundle, checkouts, pool
from bench.arena import Database, open_arena
from bench.availability import SEARCHES
from bench.checkout_measures import Turns
from bench.plan import Plan
from bench.population import POOL_UNITS, Slots
from bench.result import Result, Target, percentile
from gateway.cli.bench import bench
from gateway.local import LocalError
from gateway.local.postgrest import PROJECT_DIR

TINY = ["--claims", "1000", "--scale-claims", "100", "2000", "--seconds", "0.2", "--rounds", "1"]
LATENCIES = {"p50_ms", "p99_ms", "max_ms"}
ONE_CLIENT = {"creates", *LATENCIES}
BLACKOUT = {"seconds", "blackouts", "affected", "verify_s", "violations"}
RACE = {"slots", "wrong", "winners", "refused", "deadlocks", "others", *LATENCIES}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the runs make their clusters."""
    # Not pytest's own folder: when root runs the tests, PostgreSQL runs as somebody who cannot enter it.
    folder = Path(tempfile.mkdtemp(prefix="berth-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def run(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """A tiny run: its report as JSON and as text."""
    file = tmp_path_factory.mktemp("bench") / "report.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        result = CliRunner().invoke(bench, [*TINY, "--json", str(file)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(file.read_text()), result.stdout


def test_every_figure_is_there(run: tuple[dict[str, Any], str]) -> None:
    report, _ = run
    assert {"cpu", "cores", "memory_bytes", "postgresql", "settings"} <= report["machine"].keys()
    found = {
        measurement["name"]: {way: set(figures) for way, figures in measurement["figures"].items()}
        for measurement in report["measurements"]
    }
    rate = {"per_second", "latency_ms"}
    assert found == {
        "sql": {"bare insert": rate, "create_reservation": rate},
        "rest": {way: {"per_second", *LATENCIES} for way in ("no-op", "bare insert", "create_reservation")},
        "contended": {"bare insert": RACE, "create_reservation": RACE},
        "pool": {"a single one": ONE_CLIENT, "a pool of 30": ONE_CLIENT},
        "bundle": {"create_reservation": ONE_CLIENT, "create_bundle": ONE_CLIENT},
        "series": dict.fromkeys(("52 create_reservation", "create_series of 52", "create_series of 1,000"), LATENCIES),
        "rules": {"no rules": LATENCIES, "every rule": LATENCIES},
        "cancel": {"no waitlist": LATENCIES, "nobody waits": LATENCIES},
        "blackout": {"keep": BLACKOUT, "cancel": BLACKOUT},
        "scale": {"100 claims": ONE_CLIENT, "2,000 claims": ONE_CLIENT},
        "availability": {
            f"{search}, {claims}": {"searches", "p50_ms", "p95_ms", "max_ms"}
            for search in SEARCHES
            for claims in ("1,000", "2,000")
        },
        "utilization": {"1,000 claims": {"seconds", "rows"}, "2,000 claims": {"seconds", "rows"}},
    }
    for measurement in report["measurements"]:
        assert measurement["ratios"]
        assert all(value > 0 for ratios in measurement["ratios"].values() for value in ratios.values())
        assert measurement["targets"]
        assert all(len(rounds) == 1 for rounds in measurement["rounds"].values())


def test_one_wins_each_slot_and_the_others_are_told(run: tuple[dict[str, Any], str]) -> None:
    report, _ = run
    (contended,) = (m for m in report["measurements"] if m["name"] == "contended")
    race = contended["figures"]["create_reservation"]
    assert race["winners"] == race["slots"] > 0
    assert race["refused"] == 15 * race["slots"]
    assert race["wrong"] == race["deadlocks"] == race["others"] == 0


def test_a_blackout_has_all_resources_and_meets_all_claims(run: tuple[dict[str, Any], str]) -> None:
    report, _ = run
    (blackout,) = (m for m in report["measurements"] if m["name"] == "blackout")
    for figures in blackout["figures"].values():
        assert (figures["blackouts"], figures["affected"], figures["violations"]) == (1000, 1000, 0)


def test_what_was_loaded_and_booked_keeps_the_invariants(run: tuple[dict[str, Any], str]) -> None:
    report, _ = run
    assert report["violations"] == {"berth_1000": 0, "berth_100": 0, "berth_2000": 0}


def test_people_get_tables(run: tuple[dict[str, Any], str]) -> None:
    report, text = run
    for measurement in report["measurements"]:
        assert f"\n{measurement['name']}: " in text
        for target in measurement["targets"]:
            assert f"  {'met   ' if target['met'] else 'missed'}  {target['text']}: " in text


def test_the_pool_is_half_full_and_bundles_have_three(folder: Path) -> None:
    """At each minute that was booked, and without the one that was booked then."""
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        patch.setattr(tempfile, "tempdir", str(folder))
        arena = stack.enter_context(open_arena(lambda _: None))
        plan = Plan((100,), (100, 100), 1, 1)
        pool.measure(arena, plan, 100)
        bundle.measure(arena, plan, 100)
        database = arena.database(100)
        found = ask(
            database,
            "select (select count(*) from booking.claims o"
            "         where o.resource_id = c.resource_id and o.during @> lower(c.during) and o.source_id <> c.source_id)"
            "  from booking.claims c join booking.resources s on s.id = c.resource_id"
            " where s.capacity > 1 and upper(c.during) - lower(c.during) = interval '1 minute'",
        )
        assert len(found) == 200
        assert set(found) == {(POOL_UNITS // 2,)}
        sizes = ask(
            database,
            "select count(*), count(distinct resource_id) from booking.reservations"
            " where bundle_id is not null group by bundle_id",
        )
        assert len(sizes) == 200
        assert set(sizes) == {(3, 3)}
        with arena.copy(database) as copy:
            ask(copy, "delete from booking.reservations returning id")
            assert ask(copy, "select count(*) from booking.claims") == [(0,)]
        assert ask(database, "select count(*) from booking.reservations") != [(0,)]
        assert database.violations() == 0


def ask(database: Database, query: str) -> list[tuple[Any, ...]]:
    with database.connect() as connection:
        return connection.execute(query).fetchall()


@pytest.mark.usefixtures("run")
def test_nothing_is_left(folder: Path) -> None:
    assert list(folder.iterdir()) == []


def test_nothing_is_left_of_an_interrupted_run(folder: Path) -> None:
    with _start(folder, "--seconds", "60") as process:
        assert process.stderr
        assert any("measuring scale" in line for line in process.stderr)
        pids = [int(file.read_text().split()[0]) for file in folder.glob("*/pgdata/postmaster.pid")]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode
    assert list(folder.iterdir()) == []
    assert pids
    assert not any(map(_runs, pids))


def test_json_alone_on_standard_output_and_only_what_was_asked_for(folder: Path) -> None:
    with _start(folder) as process:
        written, steps = process.communicate(timeout=60)
    assert process.returncode == 0
    assert [measurement["name"] for measurement in json.loads(written)["measurements"]] == ["scale"]
    assert "measuring scale" in steps


def test_two_checkouts_are_measured_by_everything(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One against itself, which has everything twice; what is asked for is asked of both, and nothing is left."""
    monkeypatch.setenv("TMPDIR", str(folder))
    names = ["sql"]  # by CPU and by clock; the others take long
    options = ["--claims", "1000", "--seconds", "0.2", "--rounds", "1", *(f"--only={name}" for name in names)]
    result = CliRunner().invoke(checkouts.main, [str(PROJECT_DIR), str(PROJECT_DIR), *options], catch_exceptions=False)
    head, *lines = result.stdout.splitlines()
    assert head.split() == ["old", "new", "new/old", "range", "of", "1", "rounds"]
    for line in lines:
        old, new, ratio, low, to, high = line[52:].replace(",", "").split()
        assert float(old) > 0
        assert float(ratio) == pytest.approx(float(new) / float(old), rel=0.02)
        assert (low, to, high) == (ratio, "to", ratio)
    measured = {line[:52].strip() for line in lines}
    assert {label.partition(":")[0] for label in measured} == set(names)
    assert {
        "sql: create, CPU ms", "sql: check / create, CPU ms", "sql: create, 8 clients, per s",
    } <= measured  # fmt: skip
    assert list(folder.iterdir()) == []


def test_a_folder_without_its_own_code_is_not_measured(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python would find the code that is installed, and measure it against itself."""
    monkeypatch.setenv("TMPDIR", str(folder))
    empty = folder / "empty"
    empty.mkdir()
    with pytest.raises(LocalError, match="could not be served"):
        next(checkouts.run(empty, PROJECT_DIR, Plan((1000,), seconds=1, rounds=1)))
    empty.rmdir()
    assert list(folder.iterdir()) == []


def test_checkouts_take_turns() -> None:
    turns = []

    def side(name: str, count: int) -> Turns:
        for _ in range(count):
            turns.append(name)
            yield
        return {"count": count}

    assert checkouts.take_turns({"old": side("old", 2), "new": side("new", 3)}) == {
        "old": {"count": 2},
        "new": {"count": 3},
    }
    assert turns == ["old", "new", "new", "old", "new"]


def test_ratios_of_checkouts_are_those_within_rounds() -> None:
    rounds = [{"old": 1.0, "new": 2.0}, {"old": 10.0, "new": 5.0}, {"old": 2.0, "new": 2.0}]
    assert checkouts.cells(rounds).split() == ["2", "2", "1.000", "0.500", "to", "2.000"]
    assert checkouts.cells([{"new": 3.0}]) == f"{'':>10}{'3':>10}"


def test_ratios_compare_neighbours() -> None:
    result = Result(
        "x", "x", [1], 1, {"base": [{"f": 1.0}, {"f": 10.0}, {"f": 2.0}], "way": [{"f": 2.0}, {"f": 5.0}, {"f": 1.0}]}
    )
    assert result.compare("way", "base", "f") == {"f": 0.5}
    assert result.ratios == {"way / base": {"f": 0.5}}
    assert result.summary() == {"base": {"f": 2.0}, "way": {"f": 2.0}}


def test_targets_say_whether_they_are_met() -> None:
    assert Target("x", 0.5, at_least=0.5).met
    assert not Target("x", 0.4, at_least=0.5).met
    assert Target("x", 25, at_most=25).met
    assert not Target("x", float("nan"), at_most=25).met


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile(range(1, 101), 99) == 99
    assert percentile([7], 99) == 7
    assert percentile([1, 2], 50) == 1


def test_no_slot_is_handed_out_twice() -> None:
    slots = Slots()
    assert [slots.take(5), slots.take(1), slots.take(2)] == [0, 5, 6]


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _start(folder: Path, *options: str) -> subprocess.Popen[str]:
    # What a shell starts in the background ignores SIGINT, and so would this.
    bench = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from gateway.cli.bench import bench; bench()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", bench, *TINY, "--only", "scale", "--json", "-", *options],
        env={**os.environ, "TMPDIR": str(folder)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
