"""``berth import`` of other people's spreadsheets: their columns, their dates, and rows that say more than their header."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.columns import Table
from gateway.cli.guesses import guess
from gateway.cli.moments import MomentError, read_moment
from gateway.cli.rows import Row, Unreadable, read_rows
from tests.conftest import Run, Tenant, run_berth, write_csv

BERLIN = ZoneInfo("Europe/Berlin")
CALENDAR = (  # as Google's and Outlook's CSV have them
    "Subject,Start Date,Start Time,End Date,End Time,All Day Event,Description,Location",
    "Choir,05/30/2100,10:00 AM,05/30/2100,1:00 PM,False,bring notes,Hall",
    "Band,06/01/2100,11:00 PM,06/02/2100,12:00 AM,False,,Hall",
)


@pytest.fixture
def read(tmp_path: Path) -> "Reader":
    return Reader(tmp_path / "bookings.csv")


class Reader:
    """Reads lines as a file; every row as its day and times, and why a line has none."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, *lines: str, **options: object) -> tuple[list[Row], list[Unreadable]]:
        return read_rows(write_csv(self.path, *lines), BERLIN, **options)

    def times(self, *lines: str, **options: object) -> list[str]:
        rows, unreadable = self.rows(*lines, **options)
        told = {row.line: row.describe(BERLIN).split(" ", 1)[1].rsplit(" ", 1)[0] for row in rows}
        return [text for _, text in sorted((told | {item.line: item.why for item in unreadable}).items())]


def test_cells_beyond_the_header_are_reported(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    file = write_csv(
        tmp_path / "bookings.csv",
        "resource,starts_at,duration,title",
        "Van,2100-05-01T09:00,01:00,Board, extended",
        'Van,2100-05-01T10:00,01:00,"Board, extended"',
        "Van,2100-05-01T11:00,01:00,Tour,,",
        ",,,",
    )
    code, lines = run_import(file)
    assert (code, lines) == (1, [
        "line 2: unreadable: 5 cells, but the header has 4; put a cell with a separator in it in quotes",
        "2 created, 0 already there, 0 refused, 1 unreadable",
    ])  # fmt: skip
    rows = tenant.connection.execute(
        "select title from booking.reservations where tenant_id = %s order by starts_at", (tenant.id,)
    )
    assert rows.fetchall() == [("Board, extended",), ("Tour",)]


@pytest.mark.parametrize("target", ["blackouts", "resources"])
def test_so_they_are_of_blackouts_and_resources(run_import: Run, tmp_path: Path, target: str) -> None:
    # A separator at the end of the header names no column.
    file = write_csv(
        tmp_path / "rooms.csv",
        "resource,starts_at,duration,seats,",
        "Van,2100-05-01T09:00,01:00,4,",
        "Van,2100-05-01T10:00,01:00,4,x",
    )
    code, lines = run_import(file, "--as", target)
    assert code == 1
    assert lines[0].startswith("line 3: unreadable: 5 cells, but the header has 4")
    assert lines[1] == "1 created, 0 already there, 0 refused, 1 unreadable"


def test_a_column_without_a_name_in_front_is_no_fault(read: Reader) -> None:
    assert read.times(",room,title,starts_at,duration", "0,Van,Tour,2100-05-01T09:00,01:00") == [
        "2100-05-01 09:00–10:00"
    ]


def test_a_name_may_have_commas_that_separate_nothing(read: Reader) -> None:
    assert read.times(
        '"Start, local time, Bonn";"Length, h";room;title', "2100-05-31 09:30;1:00;Hall;Choir",
        maps=["starts_at=Start, local time, Bonn", "duration=Length, h"],
    ) == ["2100-05-31 09:30–10:30"]  # fmt: skip


def test_excel_may_name_the_separator(read: Reader) -> None:
    rows, unreadable = read.rows("sep=;", "room;title;starts_at;duration", "Van;a, b, c;2100-05-01T09:00;1:00", "x")
    assert [(row.line, row.title) for row in rows] == [(3, "a, b, c")]
    assert [item.line for item in unreadable] == [4]


def test_equal_rows_are_as_many_bookings(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    tenant.resource("Desks", capacity=2)
    row = "Desks,Work,2100-05-01T09:00,01:00"
    file = write_csv(tmp_path / "desks.csv", "resource,title,starts_at,duration", row, row, row)
    taken = "slot_taken: 'Work' is in the way, 2100-05-01 09:00–10:00"
    for options, said in (
        (("--dry-run",), "2 would be created, 0 already there, 1 refused, 0 unreadable"),
        ((), "2 created, 0 already there, 1 refused, 0 unreadable"),
        ((), "0 created, 2 already there, 1 refused, 0 unreadable"),
        (("--dry-run",), "0 would be created, 2 already there, 1 refused, 0 unreadable"),
    ):
        code, lines = run_import(file, *options)
        assert (code, len(lines), lines[-1]) == (1, 2, said)
        assert lines[0].startswith("line 4: refused: Desks 2100-05-01 09:00–10:00 'Work': slot_taken: ")
        assert options or lines[0].endswith(taken)


def test_equal_patterns_are_as_many_series(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    tenant.resource("Desks", capacity=2)
    file = write_csv(
        tmp_path / "desks.csv",
        "resource,title,days,weeks,start,end",
        "Desks,Work,1000000,1111,09:00,10:00",
        "Desks,Work,1000000,0111,09:00,10:00",
    )
    for options, said in (
        (("--dry-run",), "7 would be created, 0 already there, 0 refused, 0 unreadable"),
        ((), "7 created, 0 already there, 0 refused, 0 unreadable"),
        ((), "0 created, 7 already there, 0 refused, 0 unreadable"),
    ):
        assert run_import(file, "--first-week", "2100-05-03", *options) == (0, [said])
    row = tenant.connection.execute(
        "select count(distinct series_id) from booking.reservations where tenant_id = %s", (tenant.id,)
    ).fetchone()
    assert row == (2,)


def test_equal_blackouts_stay_one(run_import: Run, tmp_path: Path) -> None:
    row = "Gym,2100-05-01T09:00,01:00"
    file = write_csv(tmp_path / "closures.csv", "resource,starts_at,duration", row, row)
    said = "1 created, 1 already there, 0 refused, 0 unreadable"
    assert run_import(file, "--as", "blackouts") == (0, [said])


@pytest.mark.parametrize(
    "end", ["2100-05-01T00:00", "2100-05-01T24:00", "2100-05-02T00:00", "00:00", "24:00", "12:00 AM"]
)
def test_an_end_of_midnight_is_the_coming_one(read: Reader, end: str) -> None:
    lines = "room,title,starts_at,ends_at", f"Van,Tour,2100-05-01T20:00,{end}"
    assert read.times(*lines) == ["2100-05-01 20:00–00:00"]
    assert read.rows(*lines)[0][0].ends_at.astimezone(UTC) == datetime(2100, 5, 1, 22, tzinfo=UTC)


def test_a_whole_day_ends_at_midnight(read: Reader) -> None:
    lines = (
        "room,title,starts_at,ends_at",
        "Van,Tour,2100-05-01T00:00,2100-05-01T00:00",
        "Van,Tour,2100-05-01,2100-05-01",
    )
    assert [row.ends_at - row.starts_at for row in read.rows(*lines)[0]] == [timedelta(days=1)] * 2


def test_a_pattern_that_ends_at_midnight(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    file = write_csv(
        tmp_path / "nights.csv", "room,class,days,weeks,start,end",
        "1,Choir,1000000,11,20:00,00:00", "2,Choir,1000000,11,00:00,00:00",
    )  # fmt: skip
    assert run_import(file, "--first-week", "2100-05-03") == (
        0,
        ["4 created, 0 already there, 0 refused, 0 unreadable"],
    )
    rows = tenant.connection.execute(
        "select extract(hour from ends_at - starts_at)::integer + 24 * extract(day from ends_at - starts_at)::integer"
        " from booking.reservations where tenant_id = %s order by 1",
        (tenant.id,),
    )
    assert rows.fetchall() == [(4,), (4,), (24,), (24,)]


def test_other_ends_before_their_starts_stay_unreadable(read: Reader) -> None:
    told = read.times(
        "room,title,starts_at,ends_at",
        "Van,Tour,2100-05-01T20:00,2100-05-01T19:00",
        "Van,Tour,2100-05-01T20:00,2100-04-30T00:00",
        "Van,Tour,2100-05-01T20:00,02:00",
        "Van,Tour,2100-05-01T20:00Z,2100-05-01T00:00Z",
    )
    assert [text.split(",")[1] for text in told] == [" not after its start 2100-05-01T20:00:00+02:00"] * 3 + [
        " not after its start 2100-05-01T22:00:00+02:00"
    ]


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("2100-05-31T09:30", None), ("2100-05-31 9:30", None), ("2100-05-31 9:30 AM", None), ("2100/05/31 09:30:00", None),
        ("31.05.2100 9:30", None), ("31.5.2100, 09:30", None), ("31/05/2100 9:30am", None), ("5/31/2100 9:30 a.m.", None),
        ("31-05-2100 09:30", None), ("31 May 2100 9:30", None), ("31-May-2100 09:30", None), ("May 31, 2100 9:30 AM", None),
        ("31. May 2100 9:30", None), ("73201.3958333333", None), ("73201,39583", None), ("73201.395833333336", None),
        ("31/05/00 9:30", "day"), ("05.31.2100 9:30", "month"), ("73201 0.3958333", None), ("73201 9:30", None),
        ("31/05/2100 9h30", None),
    ],
)  # fmt: skip
def test_dates_of_other_people(read: Reader, text: str, order: str | None) -> None:
    year = 2000 if "/00 " in text else 2100
    told = read.times('"room";"title";"starts_at";"duration"', f'1;x;"{text}";1:00', order=order)
    assert told == [f"{year}-05-31 09:30–10:30"]


@pytest.mark.parametrize(
    "text",
    [
        "31.02.2100 9:30", "2100-13-01 9:30", "2026", "1234567", "73201.42", "73201.39", "31/05/2100 13:00 PM", "9:30",
        "31.05.2100 25:00", "31.05.2100 9:60", "31/05-2100 9:30", "tomorrow 9:30", "31.05.2100 9:30 9:30", "9:30 " * 9000, "",
    ],
)  # fmt: skip
def test_what_is_no_date(read: Reader, text: str) -> None:
    rows, unreadable = read.rows("room;title;starts_at;duration", f"1;x;{text};1:00")
    assert (rows, len(unreadable)) == ([], 1)
    assert unreadable[0].why.startswith("starts_at ")


@given(st.text(max_size=70))
def test_no_text_breaks_the_reader_of_dates(text: str) -> None:
    try:
        moment = read_moment(text, None)
    except MomentError:
        return
    assert moment.day is not None or moment.clock is not None


def test_a_date_that_may_be_two_is_read_as_the_file_or_the_user_says(read: Reader, run_import: Run) -> None:
    header, both, other = "room,title,starts_at,duration", "1,x,03/04/2100 9:00,1:00", "1,x,{} 9:00,1:00"
    ambiguous = "starts_at '03/04/2100 9:00' may be of two days; say --day-first or --month-first"
    assert read.times(header, both) == [ambiguous]
    assert read.times(header, both, other.format("13/04/2100"))[0] == "2100-04-03 09:00–10:00"
    assert read.times(header, both, other.format("04/13/2100"))[0] == "2100-03-04 09:00–10:00"
    assert read.times(header, both, other.format("04/13/2100"), other.format("13/04/2100")) == [
        ambiguous, "2100-04-13 09:00–10:00", "2100-04-13 09:00–10:00",
    ]  # fmt: skip
    # As full stops always are, and a day that is its month.
    assert read.times(header, other.format("03.04.2100"), other.format("04/04/2100")) == [
        "2100-04-03 09:00–10:00", "2100-04-04 09:00–10:00",
    ]  # fmt: skip
    assert read.times(header, other.format("03.04.00")) == [
        "starts_at '03.04.00 9:00' has a year of two digits; say --day-first or --month-first"
    ]
    write_csv(read.path, header, both)
    assert run_import(read.path, "--day-first") == (0, ["1 created, 0 already there, 0 refused, 0 unreadable"])
    assert run_import(read.path, "--month-first") == (0, ["1 created, 0 already there, 0 refused, 0 unreadable"])


@pytest.mark.parametrize(
    "header",
    [
        "room,title,date,start,end",
        "room,title,Start Date,Start Time,End Time",
        "room,title,starts_at,start_time,ends_at",
    ],
)
def test_date_and_time_have_columns_of_their_own(read: Reader, header: str) -> None:
    told = read.times(
        header,
        "1,x,31.05.2100,9:30,10:30 AM",
        "1,x,73201,0.3958333333,0.4375",
        "1,x,2100-05-31 00:00:00,09:30:00,10:30:00",
        "1,x,31.05.2100,23:30,00:00",
        "1,x,31.05.2100,,10:30",
    )
    assert told[:4] == [*["2100-05-31 09:30–10:30"] * 3, "2100-05-31 23:30–00:00"]
    assert "has no time of day" in told[4]


def test_the_end_may_have_a_date_of_its_own(read: Reader) -> None:
    assert read.times("room,title,start_date,start_time,end_date,end_time", "1,x,31.05.2100,22:00,1.6.2100,2:00") == [
        "2100-05-31 22:00–02:00"
    ]


def test_columns_are_mapped(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "calendar.csv", *CALENDAR)
    maps = [
        *("--map", "resource=Location", "--map", "title=subject"),
        *("--map", "starts_at=Start Date+Start Time", "--map", "ends_at=End Date + End Time"),
    ]
    assert run_import(file, *maps) == (0, ["2 created, 0 already there, 0 refused, 0 unreadable"])
    # A time of day beside a mapped day is not lost.
    maps = ["--map", "resource=Location", "--map", "title=Subject", "--map", "starts_at=Start Date"]
    assert run_import(file, *maps) == (0, ["0 created, 2 already there, 0 refused, 0 unreadable"])
    rows = tenant.connection.execute(
        "select title, starts_at at time zone 'Europe/Berlin', ends_at - starts_at from booking.reservations"
        " where tenant_id = %s order by starts_at",
        (tenant.id,),
    )
    assert rows.fetchall() == [
        ("Choir", datetime(2100, 5, 30, 10), timedelta(hours=3)),
        ("Band", datetime(2100, 6, 1, 23), timedelta(hours=1)),
    ]


def test_a_mapped_column_is_not_read_as_its_name_says(read: Reader) -> None:
    lines = "Room,Title,Name,starts_at,duration", "Judo,Gym,Eve,2100-05-01T09:00,01:00"
    (row,), _ = read.rows(*lines, maps=["resource=Title", "title=Room"])
    assert (row.resource, row.title) == ("Gym", "Judo")
    # Nor is one that says the same taken for it where the mapped one is empty.
    lines = "Room,Location,title,starts_at,duration", "old,,x,2100-05-01T09:00,01:00"
    assert [item.why for item in read.rows(*lines, maps=["resource=Location"])[1]] == ["no resource"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("starts_at=Begin", "bookings.csv has no column 'Begin'; its columns are Where, When, starts_at"),
        ("when=Where", "--map when=Where: write COLUMN=Header, with a column of resource, room, "),
        ("starts_at", "--map starts_at: write COLUMN=Header, "),
        ("title=Where", "bookings.csv has no column resource or room; its columns are Where, When, starts_at"),
    ],
)
def test_a_wrong_map_is_one_line(run_import: Run, tmp_path: Path, given: str, told: str) -> None:
    file = write_csv(tmp_path / "bookings.csv", "Where,When,starts_at", "Hall,2100-05-01T09:00,")
    code, lines = run_import(file, "--map", given)
    assert (code, len(lines)) == (2, 1)
    assert lines[0].startswith(f"berth: {told}")


def test_two_columns_of_one_name_are_refused_where_it_is_asked_for(read: Reader, run_import: Run) -> None:
    write_csv(read.path, "room,title,Title,starts_at,duration", "1,x,y,2100-05-01T09:00,01:00")
    assert run_import(read.path) == (2, ["berth: bookings.csv has 2 columns 'title'; rename all but one"])
    lines = "room,title,time,time,Begin,duration", "1,x,,y,2100-05-01T09:00,1:00"
    assert read.times(*lines, maps=["starts_at=Begin"]) == ["2100-05-01 09:00–10:00"]
    assert read.times("room,title,note,note,starts_at,duration", "1,x,,,2100-05-01T09:00,1:00") == [
        "2100-05-01 09:00–10:00"
    ]


@pytest.mark.parametrize(
    ("header", "row", "guessed"),
    [
        (CALENDAR[0], CALENDAR[1],
         ["resource=Location", "title=Subject", "starts_at=Start Date+Start Time", "ends_at=End Date+End Time"]),
        ("Datum;Von;Bis;Raum;Betreff", "31.05.2100;9:30;10:30;Saal;Chor",
         ["resource=Raum", "title=Betreff", "starts_at=Datum+Von", "ends_at=Bis"]),
        ("Space,Event Name,Begin,Finish,UID", "Hall,Choir,73201.3958,73201.4375,7",
         ["resource=Space", "id=UID", "title=Event Name", "starts_at=Begin", "ends_at=Finish"]),
        ("Venue,What,StartDate,StartTime,Length", "Hall,Choir,2100-05-31 00:00:00,09:30,1:00",
         ["resource=Venue", "title=What", "duration=Length", "starts_at=StartDate+StartTime"]),
        ("Location,Location,Room,Event,Note,Note,Start Time,Until", "a,b,Hall,Choir,,,2100-05-31 9:30,2100-05-31 10:30",
         ["title=Event", "starts_at=Start Time", "ends_at=Until"]),
        ("Booking ID,Room Name,Event Title,Event Start,Event End", "7,Hall,Choir,2100-05-31 9:30,2100-05-31 10:30",
         ["resource=Room Name", "id=Booking ID", "title=Event Title", "starts_at=Event Start", "ends_at=Event End"]),
        ("Salle;Titre;Date de début;Heure de début;Date de fin;Heure de fin", "A;Choeur;31/05/2100;9:30;31/05/2100;10:30",
         ["resource=Salle", "title=Titre", "starts_at=Date de début+Heure de début", "ends_at=Date de fin+Heure de fin"]),
        ("Betreff,Beginnt am,Beginnt um,Endet am,Endet um,Ort", "Chor,31.5.2100,09:30:00,31.5.2100,10:30:00,Saal",
         ["resource=Ort", "title=Betreff", "starts_at=Beginnt am+Beginnt um", "ends_at=Endet am+Endet um"]),
        ("Objet,Début le,Début à,Fin le,Fin à,Emplacement", "Choeur,31/05/2100,09:30:00,31/05/2100,10:30:00,Salle",
         ["resource=Emplacement", "title=Objet", "starts_at=Début le+Début à", "ends_at=Fin le+Fin à"]),
        ("room,title,starts_at,duration,location", "Hall,Choir,2100-05-31T09:30,1:00,Bonn", []),
        ("room,title,Date,Time,End", "Hall,Choir,2100-05-31,9:30,10:30", ["starts_at=Date+Time", "ends_at=End"]),
    ],
)  # fmt: skip
def test_a_mapping_is_guessed(tmp_path: Path, header: str, row: str, guessed: list[str]) -> None:
    assert guess(Table.read(write_csv(tmp_path / "x.csv", header, row)), "reservations", []) == guessed


def test_a_guess_is_shown_before_anything_is_done(
    environment: dict[str, str], tenant: Tenant, tmp_path: Path, run_import: Run
) -> None:
    more = (f"Talk {day},06/{day}/2100,10:00 AM,06/{day}/2100,11:00 AM,False,,Stage" for day in (10, 11, 12))
    file = write_csv(tmp_path / "calendar.csv", *CALENDAR, *more)
    maps = "--map resource=Location --map title=Subject --map 'starts_at=Start Date+Start Time' --map 'ends_at=End Date+End Time'"
    shown = [
        "The columns of calendar.csv would be read as",
        "  resource    Location",
        "  title       Subject",
        "  starts_at   Start Date + Start Time",
        "  ends_at     End Date + End Time",
        "  (not used)  All Day Event, Description",
        "Its first rows would be",
        "  line 2: Hall 2100-05-30 10:00–13:00 'Choir'",
        "  line 3: Hall 2100-06-01 23:00–00:00 'Band'",
        "  line 4: Stage 2100-06-10 10:00–11:00 'Talk 10'",
        "The same without a guess:",
        f"  berth import {file} {maps} …",
    ]
    refused = "Nothing was imported."
    created = "5 created, 0 already there, 0 refused, 0 unreadable"

    def count() -> int:
        row = tenant.connection.execute(
            "select count(*) from booking.resources where tenant_id = %s", (tenant.id,)
        ).fetchone()
        assert row
        return int(row[0])

    command = ("import", file, "--tenant", tenant.slug, "--guess")
    for answer, said, resources in (("", refused, 0), ("n\n", refused, 0), ("y\n", created, 2)):
        done = run_berth(environment, *command, answer=answer)
        assert (done.exit_code, done.stdout.splitlines()) == (0, [*shown, said])
        assert count() == resources
    assert run_import(file, "--guess", "--yes") == (0, [*shown, "0 created, 5 already there, 0 refused, 0 unreadable"])
    assert (
        run_import(file, "--guess", "--dry-run")[1][-1]
        == "0 would be created, 5 already there, 0 refused, 0 unreadable"
    )


def test_refusals_tell_all_times_in_the_zone_of_the_resource(run_import: Run, tenant: Tenant, tmp_path: Path) -> None:
    tenant.resource("Tokyo", timezone="Asia/Tokyo")
    header, row = "resource,title,starts_at,ends_at", "{},{},2100-05-01T20:00Z,2100-05-01T21:00-01:00"
    write_csv(tmp_path / "first.csv", header, row.format("Tokyo", "one"), row.format("Berlin", "one"))
    second = write_csv(tmp_path / "second.csv", header, row.format("Tokyo", "two"), row.format("Berlin", "two"))
    assert run_import(tmp_path / "first.csv")[0] == 0
    tokyo, berlin = "2100-05-02 05:00–07:00", "2100-05-01 22:00–00:00"
    for options in ("--dry-run",), ():
        assert run_import(second, *options)[1][:2] == [
            f"line 2: refused: Tokyo {tokyo} 'two' (Asia/Tokyo): slot_taken: 'one' is in the way, {tokyo}",
            f"line 3: refused: Berlin {berlin} 'two': slot_taken: 'one' is in the way, {berlin}",
        ]
