"""``berth import`` on a real semester: rooms, their closures, and classes by weekly pattern, which become series."""

import csv
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.recurrence import find_recurrence
from gateway.cli.rows import Row, RowError, Unreadable, monday_of, parse_pattern, read_rows
from tests.conftest import Run, Stack, Tenant, write_csv

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


def series(tenant: Tenant) -> list[tuple[Any, ...]]:
    """Title, rule, local start, exdates and rdates of each, and what its occurrences say they come from."""
    return tenant.connection.execute(
        "select title, rrule, local_start, exdates, rdates, (select distinct r.source_id from booking.reservations r"
        "   where r.tenant_id = s.tenant_id and r.series_id = s.id)"
        "  from booking.series s where tenant_id = %s and timezone = 'Europe/Prague' order by title",
        (tenant.id,),
    ).fetchall()


def occurrences(tenant: Tenant) -> list[tuple[Any, ...]]:
    return tenant.connection.execute(
        "select series_id, id from booking.reservations where tenant_id = %s order by starts_at", (tenant.id,)
    ).fetchall()


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
    titles = {line: record["class"] for line, record in enumerate(read(CLASSES), 2)}
    meetings = tenant.connection.execute(
        "select title, (starts_at at time zone 'Europe/Prague')::date from booking.reservations where tenant_id = %s",
        (tenant.id,),
    )
    assert Counter(meetings) == Counter((titles[line], day) for _, day, _, _, line in classes)
    often = [line for line, count in Counter(line for *_, line in classes).items() if count > 1]
    rules = [(title, rrule is not None) for title, rrule, *_ in series(tenant)]
    assert Counter(rules) == Counter((titles[line], True) for line in often)
    assert (len(often), len(titles)) == (361, 428)
    rows = tenant.connection.execute(
        "select distinct kind, reason, created_by from booking.blackouts where tenant_id = %s", (tenant.id,)
    )
    assert rows.fetchall() == [("closure", "", tenant.person("manager").user_id)]
    rows = tenant.connection.execute("select * from booking.verify_invariants() where tenant_id = %s", (tenant.id,))
    assert rows.fetchall() == []


def test_a_pattern_is_one_series(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    # The clocks go forward on Sunday of the fourth week.
    records = [
        {"class": "weekly", "days": "1000000", "weeks": "111111111"},
        {"class": "fortnightly", "days": "0100000", "weeks": "010101010"},
        {"class": "twice a week", "days": "0010001", "weeks": "001111000"},
        {"class": "with gaps", "days": "0001000", "weeks": "111011101"},
        {"class": "by no rule", "days": "0000100", "weeks": "100000011"},
        {"class": "once", "days": "0000010", "weeks": "000010000"},
    ]
    header = ("room", "start", "end", *records[0])
    lines = (",".join(("1", "09:00", "10:00", *record.values())) for record in records)
    file = write_csv(tmp_path / "classes.csv", ",".join(header), *lines)
    for options, created, there in (
        (("--dry-run",), "32 would be created", 0),
        ((), "32 created", 0),
        ((), "0 created", 32),
    ):
        said = f"{created}, {there} already there, 0 refused, 0 unreadable"
        assert run_import(file, "--first-week", "2100-03-01", *options) == (0, [said])

    def at(*days: str) -> list[datetime]:
        return [datetime.fromisoformat(f"2100-{day} 09:00") for day in days]

    assert series(tenant) == [
        ("by no rule", None, at("03-05")[0], [], at("03-05", "04-23", "04-30"), "line 6"),
        ("fortnightly", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=21000420T070000Z", at("03-09")[0], [], [], "line 3"),
        ("twice a week", "FREQ=WEEKLY;INTERVAL=1;BYDAY=WE,SU;UNTIL=21000411T070000Z", at("03-17")[0], [], [], "line 4"),
        ("weekly", "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;UNTIL=21000426T070000Z", at("03-01")[0], [], [], "line 2"),
        ("with gaps", "FREQ=WEEKLY;INTERVAL=1;BYDAY=TH;UNTIL=21000429T070000Z", at("03-04")[0],
         at("03-25", "04-22"), [], "line 5"),
    ]  # fmt: skip
    expected = Counter(
        (record["class"], datetime(2100, 3, 1, 9) + timedelta(weeks=week, days=day))
        for record in records for week in range(9) for day in range(7)
        if record["weeks"][week] == record["days"][day] == "1"
    )  # fmt: skip
    rows = tenant.connection.execute(
        "select title, starts_at at time zone 'Europe/Prague' from booking.reservations"
        " where tenant_id = %s and source_module = 'import' and ends_at - starts_at = '1 hour'"
        " and (series_id is null) = (title = 'once')",
        (tenant.id,),
    )
    assert Counter(rows) == expected
    rows = tenant.connection.execute("select * from booking.verify_invariants() where tenant_id = %s", (tenant.id,))
    assert rows.fetchall() == []


def test_a_series_ends_as_the_file_says_it(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    # The clocks skip 02:00 to 03:00 in the second of these nights.
    file = write_csv(
        tmp_path / "nights.csv",
        "room,class,days,weeks,start,end,duration",
        "1,on the wall,0000001,1110,01:30,03:30,",
        "2,elapsed,0000001,1110,01:30,,02:00",
        "3,not that night,0000001,1111,01:30,02:30,",
    )
    code, lines = run_import(file, "--first-week", "2100-03-15")
    assert (code, lines) == (1, [
        "line 4: unreadable: ends_at 2100-03-28T02:30:00 does not occur in Europe/Prague: the clocks skip it",
        "9 created, 0 already there, 0 refused, 1 unreadable",
    ])  # fmt: skip
    rows = tenant.connection.execute(
        "select title, array_agg(extract(epoch from ends_at - starts_at)::integer / 60 order by starts_at)"
        " from booking.reservations where tenant_id = %s and series_id is not null group by title order by title",
        (tenant.id,),
    )
    assert rows.fetchall() == [("elapsed", [120] * 3), ("not that night", [60] * 3), ("on the wall", [120, 60, 120])]


def test_what_a_series_cannot_have_is_tried_again_by_itself(
    run_import: Run, stack: Stack, tenant: Tenant, tmp_path: Path
) -> None:
    exam = write_csv(tmp_path / "exam.csv", "room,title,starts_at,duration", "1,Exam,2100-05-10T09:30,01:00")
    assert run_import(exam)[0] == 0
    file = write_csv(tmp_path / "classes.csv", "room,class,days,weeks,start,end", "1,Judo,1000000,1111,09:00,10:00")
    for options, said in (
        (("--dry-run",), "3 would be created, 0 already there, 1 refused, 0 unreadable"),
        ((), "3 created, 0 already there, 1 refused, 0 unreadable"),
        (("--dry-run",), "0 would be created, 3 already there, 1 refused, 0 unreadable"),
        ((), "0 created, 3 already there, 1 refused, 0 unreadable"),
    ):
        # What is stored of a series names nobody's titles; what is tried again says them.
        what = "a reservation" if said.startswith("3 created") else "'Exam'"
        refused = f"line 2: refused: 1 2100-05-10 09:00–10:00 'Judo': slot_taken: {what} is in the way, 2100-05-10 09:30–10:30"
        assert run_import(file, "--first-week", "2100-05-03", *options) == (1, [refused, said])
    row = tenant.connection.execute(
        "select id from booking.reservations where tenant_id = %s and title = 'Exam'", (tenant.id,)
    ).fetchone()
    assert row
    assert stack.rpc(tenant.person("manager"), "cancel_reservation", reservation_id=str(row[0]))[0] == 200
    for created in 1, 0:
        said = f"{created} created, {4 - created} already there, 0 refused, 0 unreadable"
        assert run_import(file, "--first-week", "2100-05-03") == (0, [said])


def test_a_pattern_that_changed_is_refused(run_import: Run, stack: Stack, tenant: Tenant, tmp_path: Path) -> None:
    def bring(room: str = "1", weeks: str = "1111", start: str = "09:00", *options: str) -> tuple[list[str], str]:
        header, row = "id,room,class,days,weeks,start,duration", f"7,{room},Judo,1000000,{weeks},{start},01:00"
        file = write_csv(tmp_path / "classes.csv", header, row)
        *troubles, said = run_import(file, "--first-week", "2100-05-03", *options)[1]
        assert all(
            re.fullmatch(
                r"line 2: refused: .*: duplicate_id: id 7 \S+ was imported before with another time.*", trouble
            )
            for trouble in troubles
        )
        return [trouble.split()[4] for trouble in troubles], said.removesuffix(", 0 unreadable")

    mondays = ["2100-05-03", "2100-05-10", "2100-05-17", "2100-05-24"]
    assert bring() == ([], "4 created, 0 already there, 0 refused")
    assert bring(start="10:00") == (mondays, "0 created, 0 already there, 4 refused")
    assert bring("2") == (mondays, "0 created, 0 already there, 4 refused")
    assert bring("1", "1001") == ([], "0 created, 2 already there, 0 refused")
    assert bring("1", "1111001") == (["2100-06-14"], "0 created, 4 already there, 1 refused")
    # Nor does what was changed here since come back.
    manager, (found, *_) = tenant.person("manager"), occurrences(tenant)
    one = {"scope": "this", "series_id": str(found[0]), "reservation_id": str(found[1])}
    assert stack.rpc(manager, "reschedule_series", shift="3 hours", **one)[0] == 200
    assert bring() == ([], "0 created, 4 already there, 0 refused")
    assert stack.rpc(manager, "reschedule_series", series_id=str(found[0]), shift="3 hours")[0] == 200
    assert bring() == (mondays[1:], "0 created, 1 already there, 3 refused")
    assert len(occurrences(tenant)) == 4


def test_of_two_patterns_with_one_id_the_other_is_refused(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    file = write_csv(
        tmp_path / "classes.csv",
        "id,room,class,days,weeks,start,end",
        "7,1,Judo,1000000,1111,09:00,10:00",
        "7,1,Judo,0100000,1111,09:00,10:00",
        "7,1,Judo,1000000,1111,09:00,10:00",
        "8,2,Yoga,1000000,1111,09:00,10:00",
        "8,3,Yoga,1000000,1111,09:00,10:00",
    )
    # Which of the rooms is first is anybody's guess: they go in at the same time.
    for options, created, there in (((), 8, 4), ((), 0, 12)):
        code, lines = run_import(file, "--first-week", "2100-05-03", *options)
        assert code == 1
        assert Counter(line.split()[1] for line in lines[:-1])["3:"] == 4
        assert all("duplicate_id: id " in line for line in lines[:-1])
        assert lines[-1] == f"{created} created, {there} already there, 8 refused, 0 unreadable"


def test_rules_count_for_what_is_to_come_even_if_some_is_over(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    tenant.resource("1", requires_approval=True)
    monday = monday_of(datetime.now(UTC).date()) - timedelta(weeks=2)
    file = write_csv(tmp_path / "classes.csv", "room,class,days,weeks,start,end", "1,Judo,1000000,11011,00:00,00:10")
    for created in 4, 0:
        said = f"{created} created, {4 - created} already there, 0 refused, 0 unreadable"
        assert run_import(file, "--first-week", str(monday), "--timezone", "UTC") == (0, [said])
    rows = tenant.connection.execute(
        "select status::text, status_reason, series_id is not null from booking.reservations"
        " where tenant_id = %s order by starts_at",
        (tenant.id,),
    )
    over, to_come = ("confirmed", "imported from classes.csv", False), ("pending", None, True)
    assert rows.fetchall() == [over, over, to_come, to_come]


def test_a_series_longer_than_the_rules_allow_goes_in_as_reservations(
    run_import: Run, tenant: Tenant, tmp_path: Path
) -> None:
    tenant.connection.execute(
        "insert into booking.booking_rules (tenant_id, max_occurrences) values (%s, 3)", (tenant.id,)
    )
    file = write_csv(
        tmp_path / "classes.csv", "room,class,days,weeks,start,end",
        "1,Judo,1000000,1111,09:00,10:00", "1,Yoga,0100000,1110,09:00,10:00",
    )  # fmt: skip
    for created, there in ((7, 0), (0, 7)):
        said = f"{created} created, {there} already there, 0 refused, 0 unreadable"
        assert run_import(file, "--first-week", "2100-05-03") == (0, [said])
    assert [title for title, *_ in series(tenant)] == ["Yoga"]


@given(st.sets(st.integers(0, 29), min_size=1), st.sets(st.integers(0, 6), min_size=1), st.integers(0, 20), st.data())
def test_a_recurrence_says_just_these_times(weeks: set[int], weekdays: set[int], skipped: int, data: Any) -> None:
    monday = datetime(2017, 1, 30, 9, tzinfo=PRAGUE)  # the clocks change in the eighth of these weeks
    starts = [monday + timedelta(weeks=week, days=day) for week in sorted(weeks) for day in sorted(weekdays)]
    starts = [start for start in starts if data.draw(st.integers(0, 99)) >= skipped] or starts
    found = find_recurrence(starts)
    assert found.local_start.replace(tzinfo=PRAGUE) == starts[0]
    assert len(found.exdates) < len(starts)
    if found.rrule is None:
        assert ([at.replace(tzinfo=PRAGUE) for at in found.rdates], found.exdates) == (starts, [])
    else:
        yielded = set(rrulestr(found.rrule, dtstart=starts[0]))
        assert found.rdates == []
        assert {at.replace(tzinfo=PRAGUE) for at in found.exdates} <= yielded
        assert sorted(yielded - {at.replace(tzinfo=PRAGUE) for at in found.exdates}) == starts


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
