"""``berth import`` and ``berth export`` of calendars as Google, Outlook and Apple write them, through a real PostgREST."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from tests.calendar_reader import Time, read_times
from tests.conftest import Run, Stack, Tenant, make_tenant, run_berth

CALENDARS = Path(__file__).parent / "data" / "calendars"
#: What takes place by each of them, and how many of their events take no time.
SAMPLES = {"google.ics": (24, 1), "outlook.ics": (13, 0), "apple.ics": (24, 1)}

Export = Callable[..., str]


@pytest.fixture
def run_export(environment: dict[str, str], tenant: Tenant) -> Export:
    """``berth export`` with more options, for a tenant that has a manager: what it writes."""

    def run(*options: str) -> str:
        done = run_berth(environment, "export", "--tenant", tenant.slug, *options)
        assert done.exit_code == 0, done.stderr
        return done.stdout_bytes.decode()

    return run


def rows_of(tenant: Tenant, condition: str = "status in ('confirmed', 'tentative')") -> list[Time]:
    """The reservations of a tenant, as another program would show them."""
    found = tenant.connection.execute(
        psycopg.sql.SQL(
            "select r.starts_at, r.ends_at, r.title, s.name from booking.reservations r"
            " join booking.resources s on s.tenant_id = r.tenant_id and s.id = r.resource_id"
            " where r.tenant_id = %s and {}"
        ).format(psycopg.sql.SQL(condition)),
        (tenant.id,),
    )
    return sorted(Time(starts.astimezone(UTC), ends.astimezone(UTC), *more) for starts, ends, *more in found)


def expected(name: str, zone: str = "Europe/Berlin") -> list[Time]:
    """What a calendar says of itself; the reader knows IANA's names only."""
    text = (CALENDARS / name).read_text().replace('"W. Europe Standard Time"', "Europe/Berlin")
    text = text.replace("TZID=W. Europe Standard Time", "TZID=Europe/Berlin").replace(
        "Customized Time Zone", "America/New_York"
    )
    events = text.split("BEGIN:VEVENT")
    busy = [event for event in events if "TRANSP:TRANSPARENT" not in event]
    return read_times("BEGIN:VEVENT".join(busy), zone)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_calendar_goes_in_whole_and_only_once(
    run_import: Run, run_export: Export, tenant: Tenant, name: str, tmp_path: Path
) -> None:
    count, skipped = SAMPLES[name]
    assert len(expected(name)) == count
    end = f" already there, 0 refused, 0 unreadable{f', {skipped} skipped' if skipped else ''}"
    code, lines = run_import(CALENDARS / name, "--dry-run")
    assert (code, lines[-1]) == (0, f"{count} would be created, 0{end}")
    assert rows_of(tenant) == []
    code, lines = run_import(CALENDARS / name)
    assert (code, lines[-1]) == (0, f"{count} created, 0{end}")
    assert rows_of(tenant) == expected(name)
    assert run_import(CALENDARS / name) == (0, [*lines[:-1], f"0 created, {count}{end}"])
    assert run_import(CALENDARS / name, "--dry-run") == (0, [*lines[:-1], f"0 would be created, {count}{end}"])
    assert rows_of(tenant, "true") == expected(name)
    assert tenant.connection.execute(
        "select * from booking.verify_invariants() where tenant_id = %s", (tenant.id,)
    ).fetchall() == []  # fmt: skip

    # What comes out means the same to others, and to Berth.
    text = run_export()
    for gap in ("skip", "shift"):
        assert read_times(text, gap=gap) == expected(name)
    assert text == run_export()
    out = tmp_path / "out.ics"
    out.write_text(text, newline="")
    assert run_import(out) == (0, [f"0 created, {count} already there, 0 refused, 0 unreadable"])


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_exported_goes_into_another_tenant_the_same(
    run_import: Run, run_export: Export, stack: Stack, tenant: Tenant, name: str, tmp_path: Path
) -> None:
    run_import(CALENDARS / name)
    out = tmp_path / "out.ics"
    run_export(str(out))
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        other = make_tenant(connection, "America/New_York")
        other.person("manager")
        code, lines = run_import(out, "--tenant", other.slug)
        assert (code, lines) == (0, [f"{SAMPLES[name][0]} created, 0 already there, 0 refused, 0 unreadable"])
        assert rows_of(other) == expected(name)
        assert read_times(run_export("--tenant", other.slug)) == expected(name)


def write_ics(path: Path, *vevents: str) -> Path:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *vevents, "END:VCALENDAR"]
    path.write_text("\r\n".join(lines) + "\r\n", newline="", encoding="utf-8")
    return path


def vevent(uid: str, start: str, *lines: str, hours: int = 1, location: str = "Hall") -> str:
    """One in Berlin, ``start`` like 20350301T09."""
    head = ["BEGIN:VEVENT", f"UID:{uid}", f"LOCATION:{location}", f"SUMMARY:{uid}", f"DURATION:PT{hours}H"]
    return "\r\n".join([*head, f"DTSTART;TZID=Europe/Berlin:{start}0000", *lines, "END:VEVENT"])


def berlin(tenant: Tenant, *names: str) -> list[str]:
    """When what has these titles takes place, on Berlin's clocks."""
    zone = ZoneInfo("Europe/Berlin")
    return [f"{one.starts_at.astimezone(zone):%m-%d %H:%M}" for one in rows_of(tenant) if one.title in names]


def call(stack: Stack, tenant: Tenant, function: str, **arguments: Any) -> Any:
    status, answer = stack.rpc(tenant.person("manager"), function, **arguments)
    assert status == 200, answer
    return answer


def test_refused_occurrences_are_lines_and_are_tried_again(
    run_import: Run, stack: Stack, tenant: Tenant, tmp_path: Path
) -> None:
    file = write_ics(
        tmp_path / "a.ics",
        vevent("fair", "20350302T08", hours=30),
        vevent("class", "20350301T09", "RRULE:FREQ=DAILY;COUNT=4"),
    )
    code, lines = run_import(file)
    assert code == 1
    assert lines == [
        "line 10: refused: Hall 2035-03-02 09:00–10:00 'class': slot_taken: a reservation is in the way, 2035-03-02 08:00–14:00",
        "line 10: refused: Hall 2035-03-03 09:00–10:00 'class': slot_taken: a reservation is in the way, 2035-03-02 08:00–14:00",
        "3 created, 0 already there, 2 refused, 0 unreadable",
    ]
    # What is stored of a series names nobody's titles; what is tried again says them.
    tried_again = [line.replace("a reservation", "'fair'") for line in lines[:2]]
    assert run_import(file)[1] == [*tried_again, "0 created, 3 already there, 2 refused, 0 unreadable"]
    code, again = run_import(file, "--dry-run")
    assert (code, again[-1]) == (1, "0 would be created, 3 already there, 2 refused, 0 unreadable")
    (fair,) = tenant.connection.execute(
        "select id from booking.reservations where tenant_id = %s and title = 'fair'", (tenant.id,)
    ).fetchone() or (None,)
    call(stack, tenant, "cancel_reservation", reservation_id=str(fair))
    # The cancelled one stays so.
    assert run_import(file) == (0, ["2 created, 3 already there, 0 refused, 0 unreadable"])
    assert run_import(file) == (0, ["0 created, 5 already there, 0 refused, 0 unreadable"])
    assert berlin(tenant, "class", "fair") == ["03-01 09:00", "03-02 09:00", "03-03 09:00", "03-04 09:00"]


def test_what_has_changed_since_is_refused(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "a.ics"
    run_import(write_ics(file, vevent("one", "20350301T09"), vevent("many", "20350301T11", "RRULE:FREQ=DAILY;COUNT=3")))
    before = rows_of(tenant)
    write_ics(file, vevent("one", "20350301T10"), vevent("many", "20350301T11", "RRULE:FREQ=DAILY;COUNT=2"))
    code, lines = run_import(file)
    assert code == 1
    assert [line.split(": ", 3)[-1] for line in lines] == [
        "duplicate_id: id one was imported before with another time or resource; reschedule that one",
        "duplicate_id: it was imported before, and is not in the file any more; cancel it",
        "0 created, 2 already there, 2 refused, 0 unreadable",
    ]
    write_ics(file, vevent("many", "20350301T11", "RRULE:FREQ=DAILY;COUNT=4"))
    assert run_import(file)[1][-1] == "0 created, 3 already there, 1 refused, 0 unreadable"
    write_ics(file, vevent("many", "20350301T12", "RRULE:FREQ=DAILY;COUNT=3"))
    assert run_import(file)[1][-1] == "0 created, 0 already there, 6 refused, 0 unreadable"
    # A cancelled one is not cancelled by a file.
    write_ics(file, vevent("one", "20350301T09", "STATUS:CANCELLED"))
    assert run_import(file) == (
        0,
        ["line 3: skipped: 'one' is cancelled", "0 created, 0 already there, 0 refused, 0 unreadable, 1 skipped"],
    )
    assert rows_of(tenant) == before


def test_an_occurrence_keeps_its_own_time_even_where_the_usual_one_is_taken(
    run_import: Run, tenant: Tenant, tmp_path: Path
) -> None:
    series = vevent("class", "20350301T09", "RRULE:FREQ=DAILY;COUNT=3")
    moved = vevent("class", "20350302T15", "RECURRENCE-ID;TZID=Europe/Berlin:20350302T090000")
    file = write_ics(tmp_path / "a.ics", vevent("fair", "20350302T09"), series, moved)
    assert run_import(file) == (0, ["4 created, 0 already there, 0 refused, 0 unreadable"])
    assert berlin(tenant, "class") == ["03-01 09:00", "03-02 15:00", "03-03 09:00"]
    assert run_import(file) == (0, ["0 created, 4 already there, 0 refused, 0 unreadable"])


def test_an_occurrence_that_cannot_move_does_not_stay(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    series = vevent("class", "20350301T09", "RRULE:FREQ=DAILY;COUNT=3")
    moved = vevent("class", "20350302T15", "RECURRENCE-ID;TZID=Europe/Berlin:20350302T090000")
    file = write_ics(tmp_path / "a.ics", vevent("fair", "20350302T14", hours=2), series, moved)
    code, lines = run_import(file)
    assert (code, lines[-1]) == (1, "3 created, 0 already there, 1 refused, 0 unreadable")
    assert "Hall 2035-03-02 15:00–16:00 'class': slot_taken: 'fair' is in the way" in lines[0]
    assert berlin(tenant, "class") == ["03-01 09:00", "03-03 09:00"]
    assert run_import(file) == (1, [lines[0], "0 created, 3 already there, 1 refused, 0 unreadable"])


def test_all_that_follow_move_as_a_series(run_import: Run, run_export: Export, tenant: Tenant, tmp_path: Path) -> None:
    file = write_ics(
        tmp_path / "a.ics",
        vevent("class", "20350301T09", "RRULE:FREQ=DAILY;COUNT=6"),
        vevent("class", "20350303T11", "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20350303T090000", hours=2),
        vevent("class", "20350305T12", "RECURRENCE-ID;TZID=Europe/Berlin:20350305T090000"),
    )
    assert run_import(file) == (0, ["6 created, 0 already there, 0 refused, 0 unreadable"])
    expected = ["03-01 09:00", "03-02 09:00", "03-03 11:00", "03-04 11:00", "03-05 12:00", "03-06 11:00"]
    assert berlin(tenant, "class") == expected
    assert {one.ends_at - one.starts_at for one in rows_of(tenant)[2:4]} == {timedelta(hours=2)}
    series = tenant.connection.execute(
        "select count(*), count(distinct rrule) from booking.series where tenant_id = %s", (tenant.id,)
    )
    assert series.fetchone() == (2, 2)
    assert run_import(file) == (0, ["0 created, 6 already there, 0 refused, 0 unreadable"])
    assert read_times(run_export()) == rows_of(tenant)


def test_what_is_over_is_entered_and_what_is_to_come_keeps_the_rules(
    run_import: Run, tenant: Tenant, tmp_path: Path
) -> None:
    tenant.resource("Hall", timezone="Europe/Berlin", requires_approval=True)
    file = write_ics(tmp_path / "a.ics", vevent("feast", "20250301T09", "RRULE:FREQ=YEARLY;COUNT=12"))
    assert run_import(file) == (0, ["12 created, 0 already there, 0 refused, 0 unreadable"])
    statuses = tenant.connection.execute(
        "select ends_at < now(), status::text from booking.reservations where tenant_id = %s group by 1, 2 order by 1",
        (tenant.id,),
    ).fetchall()
    assert statuses == [(False, "pending"), (True, "confirmed")]
    assert run_import(file) == (0, ["0 created, 12 already there, 0 refused, 0 unreadable"])


def test_a_pending_series_is_exported_as_tentative(
    run_import: Run, run_export: Export, tenant: Tenant, tmp_path: Path
) -> None:
    tenant.resource("Hall", timezone="Europe/Berlin", requires_approval=True)
    run_import(write_ics(tmp_path / "a.ics", vevent("feast", "20350301T09", "RRULE:FREQ=YEARLY;COUNT=3")))
    text = run_export()
    assert "RRULE:FREQ=YEARLY;COUNT=3\r\n" in text
    assert "STATUS:TENTATIVE\r\n" in text


def test_the_server_says_what_it_does_not_take(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    file = write_ics(
        tmp_path / "a.ics",
        vevent("endless", "20350301T09", "RRULE:FREQ=DAILY"),
        vevent("hourly", "20350301T09", "RRULE:FREQ=HOURLY;COUNT=3"),
        vevent("odd", "20350301T09", "RRULE:FREQ=WEEKLY;BYDAY=1MO;COUNT=3"),
        vevent("many", "20350301T09", "RRULE:FREQ=DAILY;COUNT=1001"),
        vevent("x" * 501, "20350301T12"),
        vevent("good", "20350301T10"),
    )
    code, lines = run_import(file)
    assert code == 1
    assert [line.split(": ", 1)[0] for line in lines[:-1]] == ["line 3", "line 11", "line 19", "line 27", "line 35"]
    whys = ("--until", "invalid_recurrence", "invalid_recurrence", "too_many_occurrences")
    for line, why in zip(lines[:-2], whys, strict=True):
        assert ": refused: " in line
        assert why in line
    assert lines[-2] == "line 35: shortened: its SUMMARY has 501 characters, the title the first 500 of them"
    assert lines[-1] == "2 created, 0 already there, 4 refused, 0 unreadable"
    # In another resource, the same file is another meeting.
    code, lines = run_import(file, "--until", "2035-03-05", "--resource", "Barn")
    assert lines[-1] == "7 created, 0 already there, 3 refused, 0 unreadable"
    assert berlin(tenant, "endless") == [f"03-0{day} 09:00" for day in range(1, 6)]


@pytest.mark.parametrize(
    ("content", "options", "complaint"),
    [
        (b"name,when\n", [], "bookings.ics is not iCalendar: it does not begin with BEGIN:VCALENDAR"),
        (b"BEGIN:VCALENDAR\n", ["--as", "blackouts"], "bookings.ics is iCalendar, which has reservations"),
        (b"BEGIN:VCALENDAR\n", ["--first-week", "2035-01-01"], "bookings.ics is iCalendar, which has reservations"),
    ],
)
def test_a_wrong_file_is_one_clear_line(
    run_import: Run, tmp_path: Path, content: bytes, options: list[str], complaint: str
) -> None:
    file = tmp_path / "bookings.ics"
    file.write_bytes(content)
    code, (line,) = run_import(file, *options)
    assert code == 2
    assert line.startswith(f"berth: {complaint}")


def test_a_calendar_is_known_by_what_it_says(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    file = write_ics(tmp_path / "export.txt", vevent("one", "20350301T09"))
    assert run_import(file) == (0, ["1 created, 0 already there, 0 refused, 0 unreadable"])
    (tmp_path / "a.csv").write_text("resource,title,starts_at,duration\nVan,Tour,2035-05-01T09:00,01:00\n")
    assert run_import(tmp_path / "a.csv", "--until", "2035-01-01") == (
        2,
        ["berth: --resource and --until are for .ics files"],
    )


SERIES: list[dict[str, Any]] = [
    # Nights over both changes of the clocks, by the wall and by what elapses
    {"rrule": "FREQ=DAILY;COUNT=4", "local_start": "2035-03-22T22:00", "local_end": "06:00"},
    {"rrule": "FREQ=DAILY;COUNT=4", "local_start": "2035-10-25T22:00", "duration": "8 hours"},
    {"rrule": "FREQ=DAILY;COUNT=4", "local_start": "2036-10-24T22:00", "local_end": "06:00"},
    # In the hour that is left out, and in the one that comes twice
    {"rrule": "FREQ=DAILY;COUNT=4", "local_start": "2037-03-27T02:30", "duration": "15 minutes"},
    {"rrule": "FREQ=DAILY;COUNT=4", "local_start": "2038-03-26T02:30", "duration": "15 minutes", "dst_gap": "shift"},
    {"rrule": "FREQ=DAILY;BYHOUR=2;BYMINUTE=30;COUNT=4", "local_start": "2038-10-30T12:00", "local_end": "13:00"},
    # One that begins before it has an occurrence; with a rule that programs read differently; without one
    {"rrule": "FREQ=MONTHLY;BYDAY=-1FR;COUNT=4", "local_start": "2039-01-01T10:00", "duration": "1 hour",
     "rdates": ["2039-01-05T10:00"], "exdates": ["2039-01-28T10:00"]},
    {"rrule": "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1;COUNT=4", "local_start": "2040-01-04T10:00", "duration": "1 hour"},
    {"rrule": None, "rdates": ["2041-01-04T10:00", "2041-03-05T10:00"], "local_start": "2041-01-04T10:00", "duration": "1 hour"},
    {"rrule": "rrule:freq=weekly;until=20420401T000000Z", "local_start": "2042-03-04T10:00", "duration": "1 hour",
     "timezone": "America/New_York"},
]  # fmt: skip


def test_whatever_became_of_series_is_exported_as_it_is(
    run_export: Export, run_import: Run, stack: Stack, tenant: Tenant, tmp_path: Path
) -> None:
    halls = [str(tenant.resource(name, timezone="Europe/Berlin")) for name in ("Hall", "Barn")]
    made = [call(stack, tenant, "create_series", resource_id=halls[0], title="Usual", **one) for one in SERIES]

    def check() -> str:
        there = rows_of(tenant)
        text = run_export()
        assert read_times(text, gap="skip") == there
        assert read_times(text, gap="shift") == there
        return text

    text = check()
    # Over a change of the clocks, three by the wall are not as long as the others.
    assert text.count("BEGIN:VEVENT") == len(SERIES) + 3
    assert text.count("RRULE:") == len(SERIES) - 2
    first = [one["created"] for one in made]
    ids = [one["series_id"] for one in made]
    call(stack, tenant, "cancel_reservation", reservation_id=first[0][0]["id"])
    call(stack, tenant, "cancel_reservation", reservation_id=first[0][3]["id"])
    call(stack, tenant, "update_reservation", reservation_id=first[0][2]["id"], title="Other")
    call(stack, tenant, "reschedule_reservation", reservation_id=first[1][1]["id"], resource_id=halls[1],
         starts_at="2035-10-28T01:30:00Z", ends_at="2035-10-28T04:30:00Z")  # fmt: skip
    check()
    call(stack, tenant, "reschedule_series", series_id=ids[1], shift="-3 hours")
    series = {"series_id": ids[2], "scope": "following", "reservation_id": first[2][2]["id"]}
    call(stack, tenant, "reschedule_series", **series, local_end="07:00")
    call(stack, tenant, "cancel_series", series_id=ids[4], scope="following", reservation_id=first[4][3]["id"])
    call(stack, tenant, "cancel_series", series_id=ids[6])
    tenant.connection.execute("delete from booking.reservations where id = %s", (first[7][1]["id"],))
    call(stack, tenant, "reschedule_series", series_id=ids[9], shift="1 day")
    # What the series knows nothing of any more, as a DBA may leave it
    tenant.connection.execute(
        "update booking.reservations set original_starts_at = original_starts_at - interval '10 minutes' where id = %s",
        (first[1][1]["id"],),
    )
    text = check()
    assert f"UID:{first[1][1]['id']}\r\n" in text
    out = tmp_path / "out.ics"
    out.write_text(text, newline="")
    count = len(rows_of(tenant))
    assert run_import(out) == (0, [f"0 created, {count} already there, 0 refused, 0 unreadable"])


def test_an_export_may_be_of_one_resource_and_of_some_days(
    run_import: Run, run_export: Export, stack: Stack, tenant: Tenant, tmp_path: Path
) -> None:
    run_import(
        write_ics(
            tmp_path / "a.ics",
            vevent("class", "20350301T09", "RRULE:FREQ=WEEKLY;COUNT=3"),
            vevent("class", "20350308T15", "RECURRENCE-ID;TZID=Europe/Berlin:20350308T090000", location="Barn"),
            vevent("late", "20350305T23", hours=2),
            vevent("fair", "20350401T09", location="Barn"),
        )
    )

    def titles(*options: str) -> list[str]:
        return [f"{one.title} {one.location}" for one in read_times(run_export(*options))]

    assert titles() == ["class Hall", "late Hall", "class Barn", "class Hall", "fair Barn"]
    assert titles("--resource", "Hall") == ["class Hall", "late Hall", "class Hall"]
    assert titles("--resource", "Barn") == ["class Barn", "fair Barn"]
    # A series is there whole.
    assert titles("--to", "2035-03-01") == ["class Hall", "class Barn", "class Hall"]
    assert titles("--from", "2035-03-06", "--to", "2035-03-06") == ["late Hall"]
    assert titles("--from", "2035-03-16") == ["fair Barn"]
    assert titles("--user", str(tenant.person("member").user_id)) == []
    out = tmp_path / "out.ics"
    assert run_export("--resource", "Barn", str(out)) == ""
    assert out.read_bytes().startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Berth//Berth//EN\r\nNAME:Barn\r\n")


def test_more_is_exported_than_a_page_has(run_export: Export, run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    tenant.connection.execute(
        "insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, title)"
        " select %s, %s, '2035-01-01 00:00Z'::timestamptz + n * '1 hour'::interval,"
        "        '2035-01-01 01:00Z'::timestamptz + n * '1 hour'::interval, n::text from generate_series(1, 2100) n",
        (tenant.id, tenant.resource("Hall", timezone="UTC")),
    )
    run_import(write_ics(tmp_path / "a.ics", vevent("class", "20360301T09", "RRULE:FREQ=DAILY;COUNT=1000")))
    assert read_times(run_export()) == rows_of(tenant)


def test_what_cannot_be_exported_is_one_clear_line(environment: dict[str, str], tenant: Tenant, tmp_path: Path) -> None:
    for options, complaint in (
        (["--tenant", "nobody"], "berth: there is no tenant nobody"),
        (["--tenant", tenant.slug], f"berth: tenant {tenant.slug} has no manager"),
    ):
        done = run_berth(environment, "export", *options)
        assert (done.exit_code, done.stderr.startswith(complaint), done.stderr.count("\n")) == (2, True, 1)
    tenant.person("manager")
    for options, complaint in (
        (["--resource", "Attic"], "berth: there is no resource 'Attic'"),
        ([str(tmp_path / "nowhere" / "a.ics")], "berth: "),
    ):
        done = run_berth(environment, "export", "--tenant", tenant.slug, *options)
        assert (done.exit_code, done.stderr.startswith(complaint), done.stderr.count("\n")) == (2, True, 1)


def versioned(uid: str, start: str, sequence: int, *lines: str, **options: Any) -> str:
    return vevent(uid, start, f"SEQUENCE:{sequence}", *lines, **options)


def ids_of(tenant: Tenant) -> list[str]:
    found = tenant.connection.execute(
        "select id::text from booking.reservations where tenant_id = %s and status = 'confirmed'", (tenant.id,)
    )
    return sorted(row[0] for row in found)


@pytest.mark.parametrize("method", ["REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH", "reply"])
def test_what_an_attendee_sends_books_nothing(run_import: Run, tenant: Tenant, tmp_path: Path, method: str) -> None:
    file = write_ics(tmp_path / "a.ics", f"METHOD:{method}", vevent("talk", "20350301T09"))
    assert run_import(file) == (
        0,
        [
            f"line 4: skipped: 'talk' is a {method.upper()}, which books nothing",
            "0 created, 0 already there, 0 refused, 0 unreadable, 1 skipped",
        ],
    )
    assert rows_of(tenant) == []


def test_a_cancel_cancels_what_was_imported(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    talk, many = vevent("talk", "20350301T09"), vevent("many", "20350302T09", "RRULE:FREQ=DAILY;COUNT=4")
    file = write_ics(tmp_path / "a.ics", "METHOD:REQUEST", talk, many)
    assert run_import(file)[1] == ["5 created, 0 already there, 0 refused, 0 unreadable"]
    named = "RECURRENCE-ID;TZID=Europe/Berlin:2035030{}T090000"
    one = write_ics(tmp_path / "b.ics", "METHOD:CANCEL", versioned("many", "20350303T09", 1, named.format(3)))
    assert run_import(one, "--dry-run")[1][-1].endswith(", 1 cancelled")
    assert run_import(one) == (0, ["0 created, 0 already there, 0 refused, 0 unreadable, 1 cancelled"])
    assert berlin(tenant, "many") == ["03-02 09:00", "03-04 09:00", "03-05 09:00"]
    # Imported again, it cancels nothing, and the older version does not book it again.
    assert run_import(one)[1][-1].endswith(", 1 skipped")
    assert run_import(file)[1][-1].startswith("0 created, ")
    following = named.replace(";TZID", ";RANGE=THISANDFUTURE;TZID").format(4)
    rest = write_ics(tmp_path / "c.ics", "METHOD:CANCEL", versioned("many", "20350304T09", 2, following))
    assert run_import(rest)[1][-1].endswith(", 2 cancelled")
    assert berlin(tenant, "many") == ["03-02 09:00"]
    # Messages have no start, and those of some programs no SEQUENCE.
    bare = "BEGIN:VEVENT\r\nUID:talk\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:many\r\nSEQUENCE:3\r\nEND:VEVENT"
    assert run_import(write_ics(tmp_path / "d.ics", "METHOD:CANCEL", bare))[1][-1].endswith(", 2 cancelled")
    assert rows_of(tenant) == []
    # A newer version books it again.
    again = write_ics(tmp_path / "e.ics", "METHOD:REQUEST", versioned("talk", "20350301T09", 4))
    assert run_import(again)[1][-1] == "1 created, 0 already there, 0 refused, 0 unreadable"
    assert run_import(again)[1][-1] == "0 created, 1 already there, 0 refused, 0 unreadable"


def test_a_cancel_may_name_an_occurrence_by_its_day(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    """As some programs write it, though the occurrence has a time of day."""
    run_import(write_ics(tmp_path / "a.ics", vevent("talk", "20350301T09", "RRULE:FREQ=DAILY;COUNT=3")))
    lines = "UID:talk", "RECURRENCE-ID;VALUE=DATE:20350302", "SEQUENCE:1"
    file = write_ics(tmp_path / "b.ics", "METHOD:CANCEL", "BEGIN:VEVENT", *lines, "END:VEVENT")
    assert run_import(file, "--timezone", "Europe/Berlin") == (
        0, ["0 created, 0 already there, 0 refused, 0 unreadable, 1 cancelled"],
    )  # fmt: skip
    assert berlin(tenant, "talk") == ["03-01 09:00", "03-03 09:00"]


def test_an_old_cancel_or_one_of_another_uid_cancels_nothing(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    run_import(write_ics(tmp_path / "a.ics", versioned("talk", "20350301T09", 3)))
    for old in (versioned("talk", "20350301T09", 2), versioned("other", "20350301T09", 9)):
        code, lines = run_import(write_ics(tmp_path / "b.ics", "METHOD:CANCEL", old))
        assert (code, lines[-1]) == (0, "0 created, 0 already there, 0 refused, 0 unreadable, 1 skipped")
    assert berlin(tenant, "talk") == ["03-01 09:00"]
    # In a calendar that is not a message, a newer version cancels.
    run_import(write_ics(tmp_path / "b.ics", versioned("talk", "20350301T09", 4, "STATUS:CANCELLED")))
    assert rows_of(tenant) == []


@pytest.mark.parametrize("is_first", [True, False])
def test_the_newest_of_two_versions_wins_in_a_file(
    run_import: Run, tenant: Tenant, tmp_path: Path, is_first: bool
) -> None:
    named = "RECURRENCE-ID;TZID=Europe/Berlin:20350305T090000"
    pairs = [
        (versioned("one", "20350301T09", 0), versioned("one", "20350301T11", 1, location="Barn")),
        (versioned("stamp", "20350302T09", 1, "DTSTAMP:20260101T000000Z"),
         versioned("stamp", "20350302T10", 1, "DTSTAMP:20260101T000001Z")),
        (versioned("many", "20350305T12", 3, named), versioned("many", "20350305T15", 4, named)),
    ]  # fmt: skip
    texts = [text for pair in pairs for text in (pair if is_first else pair[::-1])]
    file = write_ics(tmp_path / "a.ics", vevent("many", "20350304T09", "RRULE:FREQ=DAILY;COUNT=2"), *texts)
    code, lines = run_import(file)
    assert (code, lines[-1]) == (0, "4 created, 0 already there, 0 refused, 0 unreadable, 3 skipped")
    assert all("has a newer version in line" in line for line in lines[:-1])
    assert berlin(tenant, "one", "stamp", "many") == ["03-01 11:00", "03-02 10:00", "03-04 09:00", "03-05 15:00"]
    assert run_import(file)[1][-1] == "0 created, 4 already there, 0 refused, 0 unreadable, 3 skipped"


def test_a_newer_file_changes_what_an_older_one_made(
    run_import: Run, run_export: Export, tenant: Tenant, tmp_path: Path
) -> None:
    file = tmp_path / "a.ics"
    run_import(
        write_ics(
            file, versioned("one", "20350301T09", 0), versioned("many", "20350302T09", 0, "RRULE:FREQ=DAILY;COUNT=4")
        )
    )
    ids = ids_of(tenant)
    rule = "RRULE:FREQ=DAILY;COUNT=3"
    newer = write_ics(
        tmp_path / "b.ics",
        versioned("one", "20350301T10", 1, location="Barn").replace("SUMMARY:one", "SUMMARY:New"),
        # Each moves onto the time of the next one, and the last is gone.
        versioned("many", "20350303T09", 1, rule).replace("SUMMARY:many", "SUMMARY:Class"),
    )
    end = " already there, 0 refused, 0 unreadable, "
    assert run_import(newer, "--dry-run")[1][-1] == f"0 would be created, 0{end}4 updated, 1 cancelled"
    assert run_import(newer) == (0, [f"0 created, 0{end}4 updated, 1 cancelled"])
    assert berlin(tenant, "New", "Class") == ["03-01 10:00", "03-03 09:00", "03-04 09:00", "03-05 09:00"]
    assert set(ids_of(tenant)) < set(ids)
    assert run_import(newer)[1] == ["0 created, 4 already there, 0 refused, 0 unreadable"]
    # The older one changes nothing any more.
    before = rows_of(tenant)
    assert run_import(file)[0] == 0
    assert rows_of(tenant) == before
    # The series begins an hour later and has one occurrence more; another message moves one occurrence elsewhere.
    write_ics(file, versioned("many", "20350303T10", 2, "RRULE:FREQ=DAILY;COUNT=4"))
    assert run_import(file)[1][-1] == "1 created, 0 already there, 0 refused, 0 unreadable, 3 updated"
    single = versioned("many", "20350304T15", 3, "RECURRENCE-ID;TZID=Europe/Berlin:20350304T100000")
    assert run_import(write_ics(file, "METHOD:REQUEST", single))[1][-1].endswith(", 1 updated")
    assert berlin(tenant, "many", "Class") == ["03-03 10:00", "03-04 15:00", "03-05 10:00", "03-06 10:00"]
    assert read_times(run_export()) == rows_of(tenant)


def test_an_older_file_undoes_no_move_of_a_newer_one(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    """The same with equal SEQUENCEs, and for an occurrence that keeps its RECURRENCE-ID."""

    def bring(stamp: int, hours: int, start: str) -> str:
        single = vevent(
            "many", start, "RECURRENCE-ID;TZID=Europe/Berlin:20350303T090000", f"DTSTAMP:2034010{stamp}T000000Z"
        )
        rule = f"RRULE:FREQ=DAILY;COUNT=2\r\nDTSTAMP:2034010{stamp}T000000Z"
        file = write_ics(
            tmp_path / "a.ics", vevent("one", "20350301T09", f"DTSTAMP:2034010{stamp}T000000Z", hours=hours),
            vevent("many", "20350302T09", rule), single,
        )  # fmt: skip
        return run_import(file)[1][-1]

    assert bring(1, 1, "20350303T10") == "3 created, 0 already there, 0 refused, 0 unreadable"
    assert bring(3, 2, "20350303T12") == "0 created, 1 already there, 0 refused, 0 unreadable, 2 updated"
    after = rows_of(tenant)
    assert bring(2, 3, "20350303T14") == "0 created, 1 already there, 0 refused, 0 unreadable, 2 skipped"
    assert rows_of(tenant) == after


def test_what_is_confirmed_here_stays_so_at_the_next_import(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    """Programs write another DTSTAMP at each export."""

    def bring(stamp: int, status: str = "TENTATIVE") -> tuple[int, list[str]]:
        lines = f"DTSTAMP:2034010{stamp}T000000Z", f"STATUS:{status}"
        many = vevent("many", "20350302T09", "RRULE:FREQ=DAILY;COUNT=2", *lines)
        return run_import(write_ics(tmp_path / "a.ics", vevent("one", "20350301T09", *lines), many))

    assert bring(1) == (0, ["3 created, 0 already there, 0 refused, 0 unreadable"])
    tenant.connection.execute("update booking.reservations set status = 'confirmed' where tenant_id = %s", (tenant.id,))
    assert bring(2) == (0, ["0 created, 3 already there, 0 refused, 0 unreadable"])
    # What the file itself has confirmed does not become tentative again.
    write_ics(tmp_path / "b.ics", vevent("firm", "20350305T09"))
    run_import(tmp_path / "b.ics")
    write_ics(tmp_path / "b.ics", vevent("firm", "20350305T09", "SEQUENCE:1", "STATUS:TENTATIVE"))
    code, said = run_import(tmp_path / "b.ics")
    assert (code, said[-1]) == (1, "0 created, 0 already there, 1 refused, 0 unreadable")
    assert len(rows_of(tenant, "status = 'confirmed'")) == 4


def test_events_swap_their_times_in_a_newer_version(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    run_import(write_ics(tmp_path / "a.ics", vevent("a", "20350301T09"), vevent("b", "20350301T10")))
    file = write_ics(tmp_path / "a.ics", versioned("a", "20350301T10", 1), versioned("b", "20350301T09", 1))
    assert run_import(file) == (0, ["0 created, 0 already there, 0 refused, 0 unreadable, 2 updated"])
    assert (berlin(tenant, "a"), berlin(tenant, "b")) == (["03-01 10:00"], ["03-01 09:00"])


def test_occurrences_move_onto_each_others_times(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    named = "RECURRENCE-ID;TZID=Europe/Berlin:2035030{}T090000"
    series = vevent("class", "20350301T09", "RRULE:FREQ=DAILY;COUNT=4")
    swapped = [
        vevent("class", f"2035030{to}T09", named.format(at), f"X-N:{at}").replace("SUMMARY:class", f"SUMMARY:was {at}")
        for at, to in ((1, 2), (2, 3), (3, 1))
    ]
    file = write_ics(tmp_path / "a.ics", series, *swapped)
    assert run_import(file) == (0, ["4 created, 0 already there, 0 refused, 0 unreadable"])
    assert [berlin(tenant, f"was {at}") for at in (1, 2, 3)] == [["03-02 09:00"], ["03-03 09:00"], ["03-01 09:00"]]
    assert run_import(file) == (0, ["0 created, 4 already there, 0 refused, 0 unreadable"])


def test_of_a_chain_all_move_but_what_somebody_else_is_in_the_way_of(
    run_import: Run, tenant: Tenant, tmp_path: Path
) -> None:
    named = "RECURRENCE-ID;TZID=Europe/Berlin:2035030{}T090000"
    series = vevent("class", "20350301T09", "RRULE:FREQ=DAILY;COUNT=3")
    chain = [vevent("class", f"2035030{at + 1}T09", named.format(at)) for at in (1, 2, 3)]
    file = write_ics(tmp_path / "a.ics", vevent("fair", "20350304T09"), series, *chain)
    code, lines = run_import(file)
    assert (code, lines[-1]) == (1, "3 created, 0 already there, 1 refused, 0 unreadable")
    assert "'fair' is in the way" in lines[0]
    assert berlin(tenant, "class") == ["03-02 09:00", "03-03 09:00"]
    # Another event has the time of the one that was refused; they are not taken for the same.
    assert run_import(file) == (1, [lines[0], "0 created, 3 already there, 1 refused, 0 unreadable"])


def test_a_refused_occurrence_is_not_there_because_another_has_its_time(
    run_import: Run, tenant: Tenant, tmp_path: Path
) -> None:
    moved = vevent("class", "20350303T09", "RECURRENCE-ID;TZID=Europe/Berlin:20350302T090000")
    file = write_ics(tmp_path / "a.ics", vevent("class", "20350301T09", "RRULE:FREQ=DAILY;COUNT=3"), moved)
    for created in (2, 0):
        code, lines = run_import(file)
        assert (code, lines[-1]) == (1, f"{created} created, {2 - created} already there, 1 refused, 0 unreadable")
    assert berlin(tenant, "class") == ["03-01 09:00", "03-03 09:00"]


def test_one_meeting_may_be_in_the_files_of_two_rooms(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    files = [
        write_ics(
            tmp_path / f"{room}.ics", versioned("meeting", "20350301T09", 1, location=room),
            versioned("many", "20350302T09", 1, "RRULE:FREQ=DAILY;COUNT=2", location=room),
        )
        for room in ("Hall", "Barn")
    ]  # fmt: skip
    both = write_ics(tmp_path / "c.ics", *(vevent("both", "20350301T12", location=room) for room in ("Hall", "Barn")))
    for expected in ("{} created, 0", "0 created, {}"):
        for file, count in (*((file, 3) for file in files), (both, 2)):
            assert run_import(file) == (0, [f"{expected.format(count)} already there, 0 refused, 0 unreadable"])
    assert len(rows_of(tenant)) == 8
    assert run_import(both, "--resource", "Attic")[1][0].startswith("1 created, 1 already there")


def test_a_long_summary_is_cut_and_a_long_uid_kept_apart(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    long = "u" * 250
    file = write_ics(
        tmp_path / "a.ics",
        vevent(long + "1", "20350301T09").replace(f"SUMMARY:{long}1", f"SUMMARY:{'ü' * 501}"),
        vevent(long + "2", "20350301T10").replace(f"SUMMARY:{long}2", "SUMMARY:b"),
    )
    said = "line 3: shortened: its SUMMARY has 501 characters, the title the first 500 of them"
    assert run_import(file) == (0, [said, "2 created, 0 already there, 0 refused, 0 unreadable"])
    assert run_import(file) == (0, [said, "0 created, 2 already there, 0 refused, 0 unreadable"])
    assert [one.title for one in rows_of(tenant)] == ["ü" * 500, "b"]


def test_wrong_bytes_are_said_by_line_and_stop_nothing(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    text = write_ics(
        tmp_path / "a.ics", vevent("good", "20350301T09"), vevent("folded", "20350301T10"), vevent("bad", "20350301T11"),
        vevent("nowhere", "20350301T12", location="Caf#"),
    ).read_bytes()  # fmt: skip
    text = text.replace(b"SUMMARY:folded", b"SUMMARY:gr\xc3\r\n \xbc\xc3\r\n\t\x9f").replace(
        b"SUMMARY:bad", b"SUMMARY:b\xe4d"
    )
    file = tmp_path / "b.ics"
    file.write_bytes(text.replace(b"Caf#", b"Caf\xe9"))
    code, lines = run_import(file)
    assert (code, lines) == (
        1,
        [
            "line 22: unreadable: it is not UTF-8, as iCalendar is",
            "line 26: unreadable: its LOCATION is not UTF-8; say --resource",
            "line 28: unreadable: it is not UTF-8, as iCalendar is",
            "3 created, 0 already there, 0 refused, 3 unreadable",
        ],
    )
    assert [one.title for one in rows_of(tenant)] == ["good", "grüß", "b\ufffdd"]


def test_weeks_at_the_turn_of_the_year_are_those_of_the_database(
    run_import: Run, tenant: Tenant, tmp_path: Path
) -> None:
    """python-dateutil takes the first days of 2043, in week 1, for days of week 53."""
    rule = "RRULE:FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=21"
    file = write_ics(tmp_path / "a.ics", vevent("week", "20371228T09", rule))
    assert run_import(file) == (0, ["21 created, 0 already there, 0 refused, 0 unreadable"])
    zone = ZoneInfo("Europe/Berlin")
    assert {one.starts_at.astimezone(zone).isocalendar().week for one in rows_of(tenant)} == {53}
    assert run_import(file) == (0, ["0 created, 21 already there, 0 refused, 0 unreadable"])


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["RRULE:FREQ=DAILY;UNTIL=20350228T000000Z"], "its rule ends before it begins, on 2035-02-28 01:00"),
        (["RRULE:FREQ=DAILY;COUNT=1", "EXDATE;TZID=Europe/Berlin:20350301T090000"], "its EXDATEs leave nothing of it"),
    ],
)
def test_a_rule_that_yields_nothing_says_why(run_import: Run, tmp_path: Path, lines: list[str], why: str) -> None:
    code, said = run_import(write_ics(tmp_path / "a.ics", vevent("never", "20350301T09", *lines)))
    assert (code, said[-1]) == (1, "0 created, 0 already there, 1 refused, 0 unreadable")
    assert why in said[0]


def test_of_a_series_whose_occurrences_are_all_cancelled_that_is_said(run_import: Run, tmp_path: Path) -> None:
    named = "RECURRENCE-ID;TZID=Europe/Berlin:20350301T090000"
    gone = vevent("never", "20350301T09", named, "STATUS:CANCELLED")
    code, said = run_import(
        write_ics(tmp_path / "a.ics", vevent("never", "20350301T09", "RRULE:FREQ=DAILY;COUNT=1"), gone)
    )
    assert (code, said[0].split(": ")[-1]) == (1, "each of its occurrences is cancelled, or left out by EXDATE")


#: As old programs write them: London's clocks by the name of another zone, rules of before 2007, and none of today's.
OLD_ZONE = """BEGIN:VTIMEZONE
TZID:{tzid}
BEGIN:STANDARD
DTSTART:19501029T020000
TZOFFSETFROM:{summer}
TZOFFSETTO:{winter}
RRULE:FREQ=YEARLY;BYMINUTE=0;BYHOUR=2;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19500402T020000
TZOFFSETFROM:{winter}
TZOFFSETTO:{summer}
RRULE:FREQ=YEARLY;BYMINUTE=0;BYHOUR=2;BYDAY=1SU;BYMONTH=4
END:DAYLIGHT
END:VTIMEZONE"""


@pytest.mark.parametrize(
    ("tzid", "winter", "summer"),
    [("GMT", 0, 60), ("Eastern", -300, -240), ("America/New_York", -300, -240), ("E. South America", -180, -120),
     ("Mars", 65, 95)],
)  # fmt: skip
def test_a_definition_in_the_file_says_when(
    run_import: Run, run_export: Export, tenant: Tenant, tmp_path: Path, tzid: str, winter: int, summer: int
) -> None:
    """Whatever its name, and whether or not its rules are those of a zone today."""

    def offset(minutes: int) -> str:
        return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"

    zone = OLD_ZONE.format(tzid=tzid, winter=offset(winter), summer=offset(summer))
    # Over the Sundays on which the clocks change by the file, by London and by New York.
    file = write_ics(
        tmp_path / "a.ics", zone,
        vevent("one", "20350320T09").replace("Europe/Berlin", tzid),
        vevent("many", "20350302T11", "RRULE:FREQ=WEEKLY;COUNT=40", "EXDATE;TZID=Europe/Berlin:20350406T110000")
        .replace("Europe/Berlin", tzid),
    )  # fmt: skip
    code, lines = run_import(file)
    assert (code, lines) == (0, ["40 created, 0 already there, 0 refused, 0 unreadable"])
    first = datetime(2035, 3, 2, 11, tzinfo=UTC)
    expected = [first + timedelta(weeks=week) for week in range(40) if week != 5]
    is_summer = [datetime(2035, 4, 1, tzinfo=UTC) <= at < datetime(2035, 10, 28, tzinfo=UTC) for at in expected]
    expected = [
        at - timedelta(minutes=summer if warm else winter) for at, warm in zip(expected, is_summer, strict=True)
    ]
    assert [one.starts_at for one in rows_of(tenant) if one.title == "many"] == expected
    assert [one.starts_at for one in rows_of(tenant) if one.title == "one"] == [
        datetime(2035, 3, 20, 9, tzinfo=UTC) - timedelta(minutes=winter)
    ]
    assert run_import(file) == (0, ["0 created, 40 already there, 0 refused, 0 unreadable"])
    assert read_times(run_export()) == rows_of(tenant)


def test_a_rule_of_a_zone_may_end_on_a_date(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    """The rule still applies on that day."""
    zone = OLD_ZONE.format(tzid="GMT", winter="+0000", summer="+0100").replace("BYMONTH=4", "BYMONTH=4;UNTIL=20350401")
    write_ics(tmp_path / "a.ics", zone, vevent("one", "20350701T09").replace("Europe/Berlin", "GMT"))
    assert run_import(tmp_path / "a.ics")[0] == 0
    assert [one.starts_at for one in rows_of(tenant)] == [datetime(2035, 7, 1, 8, tzinfo=UTC)]


def test_an_import_verifies_what_was_made(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    """A trigger books series an hour later, as a database with other rules of a zone would."""
    name = f"shift_{tenant.id.hex}"
    tenant.connection.execute(
        f"create function public.{name}() returns trigger language plpgsql as $$ begin"
        f" if new.tenant_id = '{tenant.id}' then new.starts_at := new.starts_at + interval '1 hour';"
        " new.ends_at := new.ends_at + interval '1 hour'; new.original_starts_at := new.starts_at; end if;"
        " return new; end $$"
    )
    tenant.connection.execute(
        f"create trigger _000_shift before insert on booking.reservations for each row execute function public.{name}()"
    )
    try:
        file = write_ics(tmp_path / "a.ics", vevent("many", "20350301T09", "RRULE:FREQ=WEEKLY;COUNT=3"))
        code, lines = run_import(file)
    finally:
        tenant.connection.execute(f"drop function public.{name}() cascade")
    assert code == 1
    assert sorted(line.split(": ")[-1] for line in lines[:-1]) == [
        *["it was booked, and is not in the file"] * 3, *["the database has not made it"] * 3,
    ]  # fmt: skip
    assert len(rows_of(tenant)) == 3


def test_a_series_where_databases_disagree_is_booked_once(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    """Recent databases of time zones have no winter time in Vancouver from 2026 on."""
    lines = ("RRULE:FREQ=WEEKLY;COUNT=3", "RECURRENCE-ID;TZID=America/Vancouver:20361215T090000")
    events = [vevent("many", "20361201T09", lines[0]), vevent("many", "20361216T09", lines[1], "STATUS:CANCELLED")]
    file = write_ics(tmp_path / "a.ics", *(one.replace("Europe/Berlin", "America/Vancouver") for one in events))
    assert run_import(file)[1] == ["2 created, 0 already there, 0 refused, 0 unreadable"]
    assert len(rows_of(tenant)) == 2
