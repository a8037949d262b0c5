"""berth report: the page, the tables and the lines say what the database says."""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

import db
from gateway.report.page import as_html
from gateway.report.reading import Approval, Outcomes, PeakHour, Report, Utilization
from gateway.report.text import as_text
from tests.conftest import Tenant

RunReport = Callable[..., subprocess.CompletedProcess[str]]
NASTY = "</script><script>alert(1)</script> & <b>Co</b>"


@pytest.fixture
def run_report(environment: dict[str, str], tenant: Tenant) -> RunReport:
    """The command, for a tenant in Berlin that has a manager."""
    tenant.person("manager")

    def run(*options: Any) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "gateway.cli", "report", "--tenant", tenant.slug, *map(str, options)],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


def reserve(
    tenant: Tenant, resource: Any, starts_at: str, ends_at: str, status: str = "confirmed", title: str = ""
) -> None:
    tenant.connection.execute(
        "insert into booking.reservations (tenant_id, resource_id, owner_id, starts_at, ends_at, status, title)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        (tenant.id, resource, tenant.person("member").user_id, starts_at, ends_at, status, title),
    )


@pytest.fixture
def october(tenant: Tenant) -> Tenant:
    """Two rooms, one of them in New York; clocks go back on the 28th in Berlin."""
    berlin = tenant.resource("Berlin")
    new_york = tenant.resource("New York", timezone="America/New_York", requires_approval=True)
    reserve(tenant, berlin, "2035-10-28T00:00+02:00", "2035-10-29T00:00+01:00")
    reserve(tenant, berlin, "2035-10-27T23:00+02:00", "2035-10-28T00:00+02:00")  # not of that day
    reserve(tenant, new_york, "2035-10-28T09:00-04:00", "2035-10-28T12:00-04:00")
    reserve(tenant, new_york, "2035-10-28T18:00-04:00", "2035-10-28T19:00-04:00", "pending", NASTY)
    return tenant


def test_lines_for_a_day_of_25_hours(run_report: RunReport, october: Tenant) -> None:
    done = run_report("--from", "2035-10-28", "--to", "2035-10-28")
    assert done.returncode == 0, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0] == f"{october.slug}, 2035-10-28 to 2035-10-28 (Europe/Berlin)"
    assert f"Berlin 25.0 25.0 1 0 100% {'█' * 20}" in lines
    assert "New York 3.0 25.0 1 0 12% ██" in lines
    assert any(line.startswith("all 28.0 50.0 2 0 56%") for line in lines)
    assert "Sunday 02:00 2.0 h booked" in lines  # it was two o'clock twice
    assert "Nobody asked for time." in lines  # they were made today
    assert any(line.startswith("New York, 2035-10-28 23:00: ") and "by Member" in line for line in lines)


def test_tables(run_report: RunReport, october: Tenant, tmp_path: Path) -> None:
    done = run_report("--from", "2035-10-01", "--to", "2035-10-31", "--csv", tmp_path / "tables")
    assert (done.returncode, done.stdout) == (0, "")
    tables = {path.stem: list(csv.DictReader(path.open(encoding="utf-8"))) for path in (tmp_path / "tables").iterdir()}
    assert tables.keys() == {"utilization", "peak_hours", "booking_outcomes", "pending_approvals"}
    # New York's days are not the tenant's: it has part of one more.
    assert len(tables["utilization"]) == 31 + 32
    assert sum(float(row["booked_minutes"]) for row in tables["utilization"]) == (26 + 3) * 60
    (day,) = (
        r for r in tables["utilization"] if r["resource"] == "Berlin" and r["bucket_start"] == "2035-10-28T00:00:00"
    )
    assert (day["open_minutes"], day["utilization"], day["bookings"]) == ("1500.0", "1.0", "1")
    assert len(tables["peak_hours"]) == 168
    assert len(tables["booking_outcomes"]) == 31
    assert tables["booking_outcomes"][0]["bucket_start"] == "2035-10-01T00:00:00+02:00"
    (approval,) = tables["pending_approvals"]
    assert (approval["resource"], approval["title"], approval["is_stale"]) == ("New York", NASTY, "False")


def test_the_page_of_the_demo_tenant(
    berth_db: psycopg.Connection[Any], environment: dict[str, str], tmp_path: Path
) -> None:
    """It has something to show of everything, once; and needs no network."""
    seed = (db.DIR / "seed" / "demo.sql").read_bytes()
    berth_db.autocommit = True
    berth_db.execute(seed)
    counts = "select count(*), max(e.seq), (select count(*) from booking.booking_attempts) from booking.events e"
    before = berth_db.execute(counts).fetchone()
    berth_db.execute(seed)
    assert berth_db.execute(counts).fetchone() == before
    assert berth_db.execute("select count(*) from booking.verify_invariants()").fetchone() == (0,)
    url = re.sub(r"/[^/]*$", f"/{berth_db.info.dbname}", environment["BERTH_DATABASE_URL"])
    file = tmp_path / "report.html"
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "report", "--tenant", "demo", "--html", file],
        env={**environment, "BERTH_DATABASE_URL": url}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    page = file.read_text(encoding="utf-8")
    own = re.sub(r"<script>/\*\*.*?</script>", "", page, flags=re.DOTALL)
    assert len(own) < len(page) - 1_000_000
    assert not re.search(r"(src|href)=|https?://", own)
    for told in (
        "Harbour Arts Centre",
        "Europe/Berlin",
        "Rehearsal room",
        "Wednesday",
        "slot_taken",
        "Poetry slam",
        "too long",
    ):
        assert told in own
    assert len(re.findall(r"Plotly\.newPlot", own)) == 3


# What is unusual


def test_of_nothing_every_part_says_so(run_report: RunReport, tmp_path: Path) -> None:
    done = run_report()
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line][1:] == [
        "There are no resources.", "No hour is busy.", "Nobody asked for time.", "Nothing waits for approval."
    ]  # fmt: skip
    done = run_report("--html", tmp_path / "empty.html")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "empty.html").read_text(encoding="utf-8")
    assert "There are no resources." in page
    assert "Plotly.newPlot" not in page.rpartition("</style>")[2].rpartition("</script>")[2]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--from", "2035-02-01", "--to", "2035-01-01"], "is no range of 1 to 366 days"),
        (["--from", "2035-01-01", "--to", "2036-06-01"], "is no range of 1 to 366 days"),
        (["--html", "/nowhere/report.html"], "/nowhere/report.html cannot be written"),
    ],
)
def test_mistakes_take_one_line(run_report: RunReport, options: list[str], told: str) -> None:
    done = run_report(*options)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert told in done.stderr


def test_a_tenant_without_managers(environment: dict[str, str], tenant: Tenant) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "report", "--tenant", tenant.slug],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "has no manager to act as" in done.stderr


def made_up(resources: int = 3, bucket: str = "day") -> Report:
    start = datetime(2035, 10, 1)
    return Report(
        NASTY, "UTC", date(2035, 10, 1), date(2035, 10, 31), bucket,
        [Utilization(f"{NASTY} {n}", "room", start, 0 if n == 1 else 600.0, 60.0 * n, n, 0) for n in range(resources)],
        [PeakHour(day, hour, 60.0 * hour, 1) for day in range(1, 8) for hour in range(24)],
        [
            Outcomes(start, 0, 0, 0, {}, None),
            Outcomes(start + timedelta(days=1), 4, 1, 2, {"created": 1, "blackout": 2, "off_grid": 1}, 5.0),
        ],
        [Approval(NASTY, NASTY, NASTY, start, start, timedelta(hours=5), False)],
    )  # fmt: skip


def test_names_cannot_break_the_page() -> None:
    page = as_html(made_up())
    assert "<script>alert" not in page
    assert "<b>Co</b>" not in page


def test_of_many_resources_the_busiest_and_the_idlest_are_shown() -> None:
    page = as_html(made_up(100))
    assert "The busiest and the idlest of 100; 70 between them are left out." in page
    (labels,) = re.findall(r'"ticktext":(\[.*?\])', page)
    assert len(json.loads(labels)) == 30
    assert (
        sum(line.lstrip().startswith("</script") for line in as_text(made_up(100))) == 102
    )  # the heading and the approval, too


def test_what_was_not_open_is_neither_idle_nor_busy() -> None:
    rows = made_up().by_resource()
    assert [row.utilization for row in rows] == [0.2, 0.0, None]
    assert '"not open"' in as_html(made_up())
