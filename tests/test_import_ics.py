"""``berth import`` and ``berth export`` of calendars as Google, Outlook and Apple write them, through a real PostgREST."""

from collections.abc import Callable
from datetime import UTC, timedelta
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
    # In another resource all of it is another meeting.
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
