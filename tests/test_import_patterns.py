"""``berth import`` on a real semester: rooms, their closures, and classes by weekly pattern."""

import csv
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.cli.rows import Row, RowError, Unreadable, parse_pattern, read_rows
from tests.conftest import Run, Tenant, write_csv

DATA = Path(__file__).parent / "data"
ROOMS, CLOSURES, CLASSES = (DATA / f"university_{name}.csv" for name in ("rooms", "unavailable", "classes"))
MONDAY = date(2017, 2, 20)
WEEK_1 = ("--first-week", "2017-02-20")
PRAGUE = ZoneInfo("Europe/Prague")

#: A room, a day, from and to in minutes from its midnight, and the line of the file.
Meeting = tuple[str, date, int, int, int]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def expand(records: list[dict[str, str]]) -> list[Meeting]:
    """Every time of every row, with nothing of Berth's: each day of the semester is asked whether it is one."""
    meetings = []
    for line, record in enumerate(records, 2):
        for number in range(7 * len(record["weeks"])):
            day = MONDAY + timedelta(days=number)
            if record["weeks"][number // 7] == "1" and record["days"][day.weekday()] == "1":
                meetings.append((record["room"], day, minutes(record["start"]), minutes(record["end"]), line))
    return meetings


def meets(meeting: Meeting, others: dict[tuple[str, date], list[Meeting]]) -> bool:
    _, _, start, end, _ = meeting
    return any(start < other_end and other_start < end for _, _, other_start, other_end, _ in others[meeting[:2]])


def judge(meetings: list[Meeting], closures: list[Meeting]) -> tuple[set[Meeting], set[Meeting], list[Meeting]]:
    """Who meets a closure, who an earlier meeting that was not refused, and who neither."""
    shut: dict[tuple[str, date], list[Meeting]] = defaultdict(list)
    held: dict[tuple[str, date], list[Meeting]] = defaultdict(list)
    for closure in closures:
        shut[closure[:2]].append(closure)
    closed, taken, accepted = set(), set(), []
    for meeting in meetings:
        if meets(meeting, shut):
            closed.add(meeting)
        elif meets(meeting, held):
            taken.add(meeting)
        else:
            held[meeting[:2]].append(meeting)
            accepted.append(meeting)
    return closed, taken, accepted


def on_the_wall(meetings: list[Meeting]) -> Counter[tuple[str, datetime, datetime]]:
    return Counter(
        (room, datetime.combine(day, time()) + timedelta(minutes=start), datetime.combine(day, time()) + timedelta(minutes=end))
        for room, day, start, end, _ in meetings
    )  # fmt: skip


def stored(tenant: Tenant, table: str) -> Counter[tuple[str, datetime, datetime]]:
    return Counter(
        tenant.connection.execute(
            "select s.name, t.starts_at at time zone 'Europe/Prague', t.ends_at at time zone 'Europe/Prague'"
            f" from booking.{table} t join booking.resources s on s.tenant_id = t.tenant_id and s.id = t.resource_id"
            " where t.tenant_id = %s", (tenant.id,),
        )
    )  # fmt: skip


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    tenant.connection.execute("update booking.tenants set timezone = 'Europe/Prague' where id = %s", (tenant.id,))
    return tenant


def test_a_semester_goes_in_whole_and_only_once(run_import: Run, tenant: Tenant) -> None:
    closures, classes = expand(read(CLOSURES)), expand(read(CLASSES))
    assert (len(read(ROOMS)), len(read(CLOSURES)), len(closures), len(classes)) == (44, 174, 1700, 3975)
    # As published, nothing meets anything.
    assert judge(classes, closures) == (set(), set(), classes)

    steps = [
        (ROOMS, ("--as", "resources"), 44),
        (CLOSURES, ("--as", "blackouts", *WEEK_1), 1700),
        (CLASSES, WEEK_1, 3975),
    ]
    for file, options, count in steps:
        assert run_import(file, *options) == (0, [f"{count} created, 0 already there, 0 refused, 0 unreadable"])
    for file, options, count in steps:
        assert run_import(file, *options) == (0, [f"0 created, {count} already there, 0 refused, 0 unreadable"])

    rows = tenant.connection.execute("select name, seats from booking.resources where tenant_id = %s", (tenant.id,))
    assert dict(rows.fetchall()) == {room["room"]: int(room["seats"]) for room in read(ROOMS)}
    assert stored(tenant, "blackouts") == on_the_wall(closures)
    assert stored(tenant, "reservations") == on_the_wall(classes)
    rows = tenant.connection.execute(
        "select distinct kind, reason, created_by from booking.blackouts where tenant_id = %s", (tenant.id,)
    )
    assert rows.fetchall() == [("closure", "", tenant.person("manager").user_id)]
    rows = tenant.connection.execute("select * from booking.verify_invariants() where tenant_id = %s", (tenant.id,))
    assert rows.fetchall() == []


def test_meetings_that_meet_a_closure_are_refused_with_its_reason(
    run_import: Run, tenant: Tenant, tmp_path: Path
) -> None:
    records = [record for record in read(CLASSES) if record["room"] in ("2", "4", "14", "43")]
    for record in records[::3]:
        for column in ("start", "end"):
            later = minutes(record[column]) + 180
            record[column] = f"{later // 60:02}:{later % 60:02}"
    moved = write_csv(tmp_path / "moved.csv", ",".join(records[0]), *(",".join(record.values()) for record in records))

    closed, taken, accepted = judge(expand(records), expand(read(CLOSURES)))
    assert (len(closed), len(taken)) == (69, 54)

    assert run_import(CLOSURES, "--as", "blackouts", "--reason", "Closed for training", *WEEK_1)[0] == 0
    for options, created in (("--dry-run",), "would be created"), ((), "created"):
        code, lines = run_import(moved, *WEEK_1, *options)
        assert code == 1
        refused: dict[str, set[tuple[int, str, date]]] = {"blackout": set(), "slot_taken": set()}
        for line in lines[:-1]:
            found = re.fullmatch(r"line (\d+): refused: (\d+) (\S+) (\S+) '\d+': (blackout|slot_taken): (.*)", line)
            assert found, line
            refused[found[5]].add((int(found[1]), found[2], date.fromisoformat(found[3])))
            if found[5] == "blackout":
                assert re.fullmatch(rf"'Closed for training' is in the way, {found[3]} \d\d:\d\d–\d\d:\d\d", found[6])
        assert refused["blackout"] == {(line, room, day) for room, day, _, _, line in closed}
        assert refused["slot_taken"] == {(line, room, day) for room, day, _, _, line in taken}
        assert lines[-1] == f"{len(accepted)} {created}, 0 already there, 123 refused, 0 unreadable"
    assert stored(tenant, "reservations") == on_the_wall(accepted)


def test_closures_meet_bookings_that_were_there_first(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    write_csv(tmp_path / "bookings.csv", "room,title,starts_at,duration", "Gym,Judo,2100-05-03T09:00,01:00")
    closures = write_csv(
        tmp_path / "closures.csv",
        "id,room,reason,kind,starts_at,ends_at",
        "1,Gym,Floor,maintenance,2100-05-03T08:00,2100-05-03T12:00",
        "2,Gym,Roof,Big Works,2100-05-04T08:00,2100-05-04T12:00",
        "3,Gym,Inventory,,2100-05-05T08:00,2100-05-05T12:00",
        "3,Gym,Inventory,,2100-05-05T08:00,2100-05-05T12:00",
        "3,Gym,Inventory,,2100-05-06T08:00,2100-05-06T12:00",
        "4,Pool,Water,,2100-05-06T08:00,2100-05-06T12:00",
        "4,Pool,Water,,2100-05-06T08:00,2100-05-06T12:00",
    )
    assert run_import(tmp_path / "bookings.csv")[0] == 0
    refused = (
        "line 2: refused: Gym 2100-05-03 08:00–12:00 'Floor': slot_taken: 'Judo' is in the way, 2100-05-03 09:00–10:00"
    )
    changed = "duplicate_id: id 3 was imported before with another time or resource; reschedule that one"
    troubles = [
        refused,
        "line 3: unreadable: kind 'Big Works' is not one word of a-z, 0-9, _ and -",
        f"line 6: refused: Gym 2100-05-06 08:00–12:00 'Inventory': {changed}",
    ]
    for options, created, there in (
        (("--dry-run",), "2 would be created", 2),
        ((), "2 created", 2),
        ((), "0 created", 4),
    ):
        code, lines = run_import(closures, "--as", "blackouts", *options)
        assert code == 1
        assert lines == [*troubles, f"{created}, {there} already there, 2 refused, 1 unreadable"]
    # A booking of the same id is another thing.
    more = write_csv(tmp_path / "more.csv", "id,room,title,starts_at,duration", "3,Gym,Yoga,2100-05-07T09:00,01:00")
    assert run_import(more)[0] == 0
    rows = tenant.connection.execute(
        "select b.kind, b.reason, r.id from booking.blackouts b left join booking.reservations r using (tenant_id, id)"
        " where tenant_id = %s order by reason",
        (tenant.id,),
    )
    assert rows.fetchall() == [("closure", "Inventory", None), ("closure", "Water", None)]


def test_only_a_manager_closes(run_import: Run, tenant: Tenant) -> None:
    member = tenant.person("member")
    tenant.resource("1")
    code, lines = run_import(CLOSURES, "--as", "blackouts", *WEEK_1, "--user", str(member.user_id))
    assert (code, lines[-1]) == (1, "0 created, 0 already there, 1700 refused, 0 unreadable")
    assert all(": forbidden: " in line for line in lines[:-1])


def test_resources_are_made_and_never_changed(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    tenant.resource("Old hall", seats=40)
    file = write_csv(
        tmp_path / "rooms.csv",
        "name,kind,seats,capacity,timezone",
        "New hall,hall,120,,Europe/Lisbon",
        "Desks,desk,,3,",
        "Old hall,,50,,",
        "Cellar,,many,,",
        "Moon,,,,Luna/Base",
    )
    for options, created, there in (
        (("--dry-run",), "3 would be created", 0),
        ((), "2 created", 0),
        ((), "0 created", 2),
    ):
        code, lines = run_import(file, "--as", "resources", *options)
        assert code == 1
        assert lines[:2] == [
            "line 4: refused: Old hall: duplicate_id: it is there with seats 40; change that one",
            "line 5: unreadable: seats 'many' is not a whole number",
        ]
        if not options:
            assert lines[2].startswith("line 6: refused: Moon: unknown_timezone: ")
        assert lines[-1] == f"{created}, {there} already there, {1 if options else 2} refused, 1 unreadable"
    rows = tenant.connection.execute(
        "select name, kind, seats, capacity, timezone from booking.resources where tenant_id = %s order by name",
        (tenant.id,),
    )
    assert rows.fetchall() == [
        ("Desks", "desk", None, 3, "Europe/Prague"),
        ("New hall", "hall", 120, 1, "Europe/Lisbon"),
        ("Old hall", "room", 40, 1, "Europe/Prague"),
    ]


def test_a_dry_run_knows_how_many_units_there_are(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    tenant.resource("Desks", capacity=2)
    file = write_csv(
        tmp_path / "desks.csv",
        "id,resource,title,starts_at,duration",
        "1,Desks,A,2100-05-03T09:00,01:00",
        "2,Desks,B,2100-05-03T10:00,01:00",
        "3,Desks,C,2100-05-03T09:30,01:00",
        "4,Desks,D,2100-05-03T09:45,00:30",
    )
    for created in "would be created", "created":
        code, lines = run_import(file, *(["--dry-run"] if created != "created" else []))
        assert code == 1
        assert lines[0].startswith("line 5: refused: Desks 2100-05-03 09:45–10:15 'D': slot_taken: ")
        assert lines[-1] == f"3 {created}, 0 already there, 1 refused, 0 unreadable"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ((), "university_classes.csv has columns days and weeks; say --first-week, the Monday of week 1"),
        (("--first-week", "2017-02-22"), "--first-week 2017-02-22 is no Monday; the one before is 2017-02-20"),
        (("--as", "resources", *WEEK_1), "--first-week is for reservations and blackouts; resources have no times"),
        (("--reason", "Closed", *WEEK_1), "--reason is for blackouts; say --as blackouts"),
    ],
)
def test_a_wrong_option_is_one_clear_line(run_import: Run, options: tuple[str, ...], complaint: str) -> None:
    assert run_import(CLASSES, *options) == (2, [f"berth: {complaint}"])


def times(**cells: str) -> list[Row | Unreadable]:
    """A pattern's times: by default of Sundays in the first two weeks, an hour long."""
    record = {"room": "1", "class": "x", "days": "0000001", "weeks": "110", "start": "09:00", "end": "10:00", **cells}
    return list(parse_pattern(2, record, PRAGUE, date(2017, 3, 20), 3))


def starts(**cells: str) -> list[str]:
    return [row.starts_at.isoformat() if isinstance(row, Row) else row.why for row in times(**cells)]


def test_a_pattern_keeps_to_the_clock_on_the_wall() -> None:
    # The clocks change on the first of these Sundays.
    assert starts(days="1000001") == [
        "2017-03-20T09:00:00+01:00", "2017-03-26T09:00:00+02:00", "2017-03-27T09:00:00+02:00", "2017-04-02T09:00:00+02:00",
    ]  # fmt: skip
    assert starts(start="02:30", end="03:30") == [
        "starts_at 2017-03-26T02:30:00 does not occur in Europe/Prague: the clocks skip it",
        "2017-04-02T02:30:00+02:00",
    ]
    all_day, short = (
        times(weeks="100", start="00:00", end="24:00")[0],
        times(weeks="100", end="", duration="16:00")[0],
    )
    assert isinstance(all_day, Row)
    assert isinstance(short, Row)
    assert all_day.ends_at.isoformat() == "2017-03-27T00:00:00+02:00"
    assert all_day.ends_at.astimezone(UTC) - all_day.starts_at.astimezone(UTC) == timedelta(hours=23)
    assert short.ends_at.isoformat() == "2017-03-27T01:00:00+02:00"


def test_each_time_of_a_pattern_has_an_id_of_its_own() -> None:
    assert [row.id for row in times(id="7") if isinstance(row, Row)] == ["7 2017-03-26", "7 2017-04-02"]


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ({"days": "1"}, "days '1' is not 7 digits"),
        ({"weeks": "11"}, "weeks '11' is not 3 digits"),
        ({"days": "0000002"}, "days '0000002' is not 7 digits"),
        ({"weeks": "000"}, "never"),
        ({"start": "9"}, "start '9' is not a time of day"),
        ({"end": "24:01"}, "end '24:01' is not a time of day"),
        ({"start": "22:00", "end": "06:00"}, "past midnight, give a duration"),
        ({"end": ""}, "neither end nor duration"),
        ({"room": ""}, "no resource"),
    ],
)
def test_a_wrong_pattern_is_said_once(cells: dict[str, str], complaint: str) -> None:
    with pytest.raises(RowError, match=complaint):
        times(**cells)


def test_a_spreadsheet_that_dropped_zeros_is_found_out(tmp_path: Path) -> None:
    file = write_csv(
        tmp_path / "classes.csv", "class,room,days,start,end,weeks",
        "1,1,0100000,09:00,10:00,11", "2,1,0100000,09:00,10:00,0110",
    )  # fmt: skip
    rows, unreadable = read_rows(file, PRAGUE, MONDAY)
    assert ([row.title for row in rows], [item.line for item in unreadable]) == (["2", "2"], [2])
