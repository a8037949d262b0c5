"""Python and the database have the same time zones, and only names that mean the same to both are accepted."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from gateway import timezones
from tests.conftest import HAS_OWN_ZONES, make_tenant

of_the_pinned_age = pytest.mark.skipif(HAS_OWN_ZONES, reason="this PostgreSQL has time zones of another age")
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@of_the_pinned_age
def test_every_zone_that_is_accepted_means_the_same_to_python(berth_db: psycopg.Connection[Any]) -> None:
    """Over 20 years; by what is accepted, and not by a list of ours."""
    found = berth_db.execute("select n.name from pg_timezone_names n order by 1").fetchall()
    accepted = []
    for (name,) in found:
        try:
            with berth_db.transaction():
                berth_db.execute("select booking.check_timezone(%s)", (name,))
            accepted.append(name)
        except psycopg.Error as refusal:
            assert (refusal.sqlstate, refusal.diag.message_primary) == ("PT400", "unknown_timezone"), name
    assert accepted == [name for (name,) in berth_db.execute("select booking.list_timezones() order by 1")]
    assert {"UTC", "Europe/Berlin", "America/Vancouver", "Africa/Casablanca", "Japan"} <= set(accepted)
    assert len(accepted) > 500
    # To the second where clocks are set, a year back, too.
    assert list(timezones.find_differences(berth_db, NOW)) == []
    # And by the way that SQL takes: from the wall clock.
    noons = [datetime(2026, 1, 1, 12) + timedelta(days=7 * n) for n in range(20 * 366 // 7)]
    rows = berth_db.execute(
        "select z, array_agg(booking.resolve_local_time(noon, z) order by noon)"
        "  from unnest(%s::text[]) z, unnest(%s::timestamp[]) noon group by z",
        (accepted, noons),
    )
    for name, instants in rows:
        zone = ZoneInfo(name)
        assert [noon.replace(tzinfo=zone).astimezone(UTC) for noon in noons] == instants, name


@pytest.mark.parametrize("name", ["CET", "MET", "EET", "WET", "EST", "MST", "HST"])
def test_a_name_that_would_lose_summer_time_is_refused(berth_db: psycopg.Connection[Any], name: str) -> None:
    """By a tenant, a resource, and a series, whose zone is looked at on a road of its own."""
    tenant = make_tenant(berth_db)
    room = tenant.resource()
    statements: list[tuple[str, tuple[Any, ...]]] = [
        ("update booking.tenants set timezone = %s where id = %s", (name, tenant.id)),
        ("update booking.resources set timezone = %s where id = %s", (name, room)),
        ("select api.preview_series(%s, 'FREQ=DAILY;COUNT=1', '2031-07-07 09:00', '1 hour', timezone => %s)", (room, name)),
    ]  # fmt: skip
    claims = json.dumps(tenant.person("member").claims)
    berth_db.execute("select set_config('request.jwt.claims', %s, false)", (claims,))
    for statement, arguments in statements:
        with pytest.raises(psycopg.Error) as refusal, berth_db.transaction():
            berth_db.execute(statement.encode(), arguments)
        assert (refusal.value.sqlstate, refusal.value.diag.message_primary) == ("PT400", "unknown_timezone")


@pytest.mark.parametrize("program", ["gateway.worker", "gateway.wsgi", "gateway.cli", "gateway.gunicorn_config"])
def test_python_reads_the_pinned_zones_alone(program: str) -> None:
    """Whatever the system has, and whatever PYTHONTZPATH says."""
    script = "import sys, zoneinfo; zoneinfo.ZoneInfo('Europe/Berlin')\n"
    script += f"try: import {program}\nexcept SystemExit: pass\nprint(zoneinfo.TZPATH)"
    environment = {**os.environ, "PYTHONTZPATH": "/usr/share/zoneinfo", "BERTH_ENV": "development"}
    found = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1:] == ["()"], found.stderr


@of_the_pinned_age
def test_differences_are_found(berth_db: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    begin = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
    ours = {name: dict(offsets) for name, offsets in timezones._our_offsets(begin).items()}
    monkeypatch.setattr(timezones, "_our_offsets", lambda _: ours)
    assert list(timezones.find_differences(berth_db, NOW)) == []
    # The clocks are set an hour later one year: that shows at one second, and on no day.
    changed = int(datetime(2040, 10, 28, 1, tzinfo=UTC).timestamp())
    ours["Europe/Berlin"][changed] = 7200
    del ours["Asia/Tokyo"]
    ours["Mars/Olympus"] = ours["UTC"]  # which the database does not have, so that nobody can choose it
    berth_db.execute("set session_replication_role = replica")
    make_tenant(berth_db, "CET")
    assert list(timezones.find_differences(berth_db, NOW)) == [
        ("CET", "is in use, and PostgreSQL does not know it, or reads an abbreviation"),
        ("Asia/Tokyo", "is not known to Python"),
        ("Europe/Berlin", "differs at 2040-10-28 01:00 UTC"),
    ]
