"""``berth import`` on a real conference programme, through a real PostgREST."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.rows import RowError, parse_duration, parse_row, parse_time
from tests.conftest import Run, Tenant, write_csv

CONGRESS = Path(__file__).parent / "data" / "congress_2014.csv"
BERLIN = ZoneInfo("Europe/Berlin")


def test_the_congress_goes_in_whole_and_only_once(run_import: Run, tenant: Tenant) -> None:
    assert run_import(CONGRESS, "--dry-run") == (0, ["138 would be created, 0 already there, 0 refused, 0 unreadable"])
    assert (
        tenant.connection.execute("select from booking.resources where tenant_id = %s", (tenant.id,)).fetchall() == []
    )
    assert run_import(CONGRESS) == (0, ["138 created, 0 already there, 0 refused, 0 unreadable"])
    assert run_import(CONGRESS) == (0, ["0 created, 138 already there, 0 refused, 0 unreadable"])
    assert run_import(CONGRESS, "--dry-run") == (0, ["0 would be created, 138 already there, 0 refused, 0 unreadable"])
    halls = tenant.connection.execute("select count(*) from booking.resources where tenant_id = %s", (tenant.id,))
    assert halls.fetchone() == (4,)
    rows = tenant.connection.execute("select * from booking.verify_invariants() where tenant_id = %s", (tenant.id,))
    assert rows.fetchall() == []


def test_a_shifted_hall_is_refused_exactly_where_it_overlaps(run_import: Run, tmp_path: Path) -> None:
    with CONGRESS.open(encoding="utf-8") as file:
        talks: list[dict[str, Any]] = list(csv.DictReader(file))
    for talk in talks:
        hours, minutes = map(int, talk["duration"].split(":"))
        talk["start"] = datetime.fromisoformat(talk["starts_at"])
        talk["end"] = talk["start"] + timedelta(hours=hours, minutes=minutes)
    hall = [talk for talk in talks if talk["room"] == "Saal 1"]
    shift = timedelta(minutes=20)
    shifted = tmp_path / "shifted.csv"
    with shifted.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "room", "starts_at", "ends_at", "title"])
        for talk in hall:
            writer.writerow(
                [
                    f"new-{talk['id']}",
                    "Saal 1",
                    (talk["start"] + shift).isoformat(),
                    (talk["end"] + shift).isoformat(),
                    "Late",
                ]
            )

    # Worked out here, row by row, with nothing of Berth's.
    taken = [(talk["start"], talk["end"], talk["title"]) for talk in hall]
    expected: dict[int, str | None] = {}
    for line, talk in enumerate(hall, 2):
        start, end = talk["start"] + shift, talk["end"] + shift
        in_the_way = [
            title for other_start, other_end, title in sorted(taken) if other_start < end and start < other_end
        ]
        expected[line] = in_the_way[0].strip() if in_the_way else None
        if not in_the_way:
            taken.append((start, end, "Late"))

    run_import(CONGRESS)
    code, lines = run_import(shifted)
    refusals = {int(line.split(":")[0].removeprefix("line ")): line for line in lines[:-1]}
    assert code == 1
    assert set(refusals) == {line for line, title in expected.items() if title is not None}
    for line, refusal in refusals.items():
        assert "slot_taken" in refusal
        assert repr(expected[line]) in refusal
    assert lines[-1] == f"{len(hall) - len(refusals)} created, 0 already there, {len(refusals)} refused, 0 unreadable"


def test_broken_rows_are_reported_by_line_and_stop_nothing(run_import: Run, tmp_path: Path) -> None:
    file = write_csv(
        tmp_path / "broken.csv",
        "id;Resource;Title;Starts_at;Ends_at;Duration",
        "1;Van;Move in;2100-05-01T09:00;2100-05-01T10:00;",
        "2;Van;Backwards;2100-05-01T12:00;2100-05-01T11:00;",
        '3;Van;"Two',
        'lines";2100-05-01T13:00;;01:30',
        "4;Van;Nonsense;tomorrow;;01:00",
        "5;;No resource;2100-05-01T15:00;;01:00",
        "6;Van;Skipped hour;2026-03-29T02:30;;00:10",
        "7;Van;No end;2100-05-01T16:00;;",
        "8;Van;Move out;2100-05-01T17:00;;PT1H30M",
    )
    code, lines = run_import(file)
    assert code == 1
    assert [line.split(":")[0] for line in lines[:-1]] == ["line 3", "line 6", "line 7", "line 8", "line 9"]
    assert "the clocks skip it" in lines[3]
    assert lines[-1] == "3 created, 0 already there, 0 refused, 5 unreadable"


def test_an_id_that_comes_again_with_another_time_is_no_duplicate(run_import: Run, tmp_path: Path) -> None:
    file = tmp_path / "bookings.csv"
    write_csv(file, "id,resource,title,starts_at,duration", "1,Van,Tour,2100-05-01T09:00,01:00")
    assert run_import(file)[1] == ["1 created, 0 already there, 0 refused, 0 unreadable"]
    write_csv(file, "id,resource,title,starts_at,duration", "1,Van,Tour,2100-05-01T10:00,01:00")
    code, lines = run_import(file)
    assert code == 1
    assert "imported before with another time" in lines[0]


def test_rows_without_an_id_are_known_again(run_import: Run, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "bookings.csv", "resource,title,starts_at,duration", "Van,Tour,2100-05-01T09:00,01:00")
    assert run_import(file)[1] == ["1 created, 0 already there, 0 refused, 0 unreadable"]
    assert run_import(file)[1] == ["0 created, 1 already there, 0 refused, 0 unreadable"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("when,where\n", "berth: bookings.csv has no column"),
        ("", "berth: bookings.csv has no column"),
        # Ten characters that are UTF-8 even so.
        ("room,title".encode("utf-16-le").decode(), "berth: bookings.csv is not UTF-8; save it as 'CSV UTF-8'"),
    ],
)
def test_a_wrong_file_is_one_clear_line(run_import: Run, tmp_path: Path, content: str, complaint: str) -> None:
    file = tmp_path / "bookings.csv"
    file.write_text(content)
    code, lines = run_import(file)
    assert (code, len(lines)) == (2, 1)
    assert lines[0].startswith(complaint)


def test_an_unknown_tenant_and_a_wrong_zone_are_one_clear_line(run_import: Run) -> None:
    code, lines = run_import(CONGRESS, "--tenant", "nobody")
    assert (code, lines[0]) == (2, "berth: there is no tenant nobody; make it with 'berth tenant create nobody'")
    code, lines = run_import(CONGRESS, "--timezone", "Mars/Olympus")
    assert (code, len(lines)) == (2, 1)


def test_times_of_a_repeated_hour_mean_the_first() -> None:
    assert parse_time("2026-10-25T02:30", "starts_at", BERLIN).astimezone(UTC) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


def test_durations_are_elapsed_time() -> None:
    row = parse_row(2, {"room": "A", "title": "", "starts_at": "2026-10-25T01:30", "duration": "02:00"}, BERLIN)
    assert row.ends_at - row.starts_at == timedelta(hours=1)  # as the wall shows it
    assert row.ends_at.astimezone(UTC) - row.starts_at.astimezone(UTC) == timedelta(hours=2)


@given(
    st.dictionaries(st.sampled_from(["room", "title", "starts_at", "ends_at", "duration", "id"]), st.text(max_size=40))
)
def test_no_cell_breaks_the_reader(record: dict[str, str]) -> None:
    try:
        row = parse_row(2, record, BERLIN)
    except RowError as error:
        assert str(error)
    else:
        assert row.starts_at.astimezone(UTC) < row.ends_at.astimezone(UTC)


@given(st.integers(0, 10_000), st.integers(0, 59))
def test_durations_by_clock_and_by_iso_8601_agree(hours: int, minutes: int) -> None:
    assert parse_duration(f"{hours}:{minutes:02}") == parse_duration(f"PT{hours}H{minutes}M")
    assert json.dumps(parse_duration(f"{hours}:{minutes:02}").total_seconds()) == f"{hours * 3600 + minutes * 60}.0"


def test_an_hour_that_comes_twice(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    file = write_csv(
        tmp_path / "night.csv", "resource,title,starts_at,ends_at,duration",
        "Room 1,late,2100-10-31T02:30,,01:00",
        "Room 2,early,2100-10-31T01:30,2100-10-31T02:30,",
    )  # fmt: skip
    assert run_import(file)[1][-1] == "2 created, 0 already there, 0 refused, 0 unreadable"
    assert run_import(file)[1][-1] == "0 created, 2 already there, 0 refused, 0 unreadable"
