"""``berth import --guess``: which of other people's columns may be what."""

import re
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from gateway.cli.columns import FIELDS, INSTEAD, TIMES, Table, normalise
from gateway.cli.moments import kind_of
from gateway.cli.output import say
from gateway.cli.rows import ResourceRow, Row, Unreadable

#: Names that other people's programs give, the likeliest first, in English, German and French.
_NAMES = {
    "resource": (
        "room location venue place space asset facility hall stage where raum saal ort ressource salle lieu emplacement"
    ),
    "name": "room location venue place space asset facility hall stage raum saal ressource salle",
    "id": "uid event_id booking_id reference booking_reference ref key nr",
    "title": "subject summary event event_name booking activity course name purpose what description betreff titel titre objet",
    "reason": "subject summary title event description why grund motif",
    "duration": "length dauer durée",
    "seats": "places people persons size plätze sitze",
    "kind": "type category art",
    "timezone": "time_zone tz",
    "description": "notes details beschreibung",
}
_WORDS = {
    "start": "start starts begin begins from arrival beginn beginnt anfang von début debut starts_at dtstart",
    "end": "end ends finish finishes to until till departure ende endet bis fin ends_at dtend",
    "either": "date day datum tag jour when time uhrzeit zeit heure",
}
_START_WORDS, _END_WORDS, _ANY_WORDS = (frozenset(words.split()) for words in _WORDS.values())
_TIME_WORDS = _START_WORDS | _END_WORDS | _ANY_WORDS
_SAMPLE = 50  # rows that a guess looks at
_SHOWN = 3


def guess(table: Table, target: str, maps: Sequence[str]) -> list[str]:
    """What to map, beside ``maps`` and what is called as it is here already."""
    fields = FIELDS[target]
    maps = list(maps)
    for field, names in _NAMES.items():
        placed = table.place(fields, maps)
        if field not in fields or placed.keys() & {field, *INSTEAD.get(field, ())}:
            continue
        place = _find(table, [field, *names.split()], _places(placed))
        if place is not None:
            maps.append(f"{field}={table.header[place]}")
    if target != "resources" and not {"days", "weeks"} <= table.place(fields, maps).keys():
        maps += _guess_times(table, target, maps)
    return maps


def _find(table: Table, names: Sequence[str], taken: set[int]) -> int | None:
    """The column of one of these names, or else with one of them in its own, unless that is about a time."""
    words = {place: _words(table.header[place]) for place in table.named() if place not in taken}
    for is_part in (False, True):
        for name in names:
            for place, own in words.items():
                if (name in own and not own & _TIME_WORDS) if is_part else name == normalise(table.header[place]):
                    return place
    return None


def _guess_times(table: Table, target: str, maps: Sequence[str]) -> list[str]:
    """By names, and by whether cells hold days, times of day or both."""
    placed = table.place(FIELDS[target], maps)
    others = _places(
        {field: places for field, places in placed.items() if field not in TIMES or field in ("starts_at", "ends_at")}
    )
    kinds = {place: _kind_of(table, place) for place in table.named() if place not in others}
    guessed = []
    for field, own, foreign in (("starts_at", _START_WORDS, _END_WORDS), ("ends_at", _END_WORDS, _START_WORDS)):
        if placed.keys() & {field, "duration" if field == "ends_at" else field}:
            continue
        words = {place: _words(table.header[place]) for place in kinds}
        named = [place for place in kinds if words[place] & own]
        neutral = [
            place for place in kinds if words[place] & _ANY_WORDS and not words[place] & foreign and place not in named
        ]
        places = _choose(kinds, named, neutral if field == "starts_at" else [])
        if places:
            guessed.append(f"{field}={'+'.join(table.header[place] for place in places)}")
            kinds = {place: kind for place, kind in kinds.items() if place not in places}
    return guessed


def _choose(kinds: dict[int, str], named: list[int], neutral: list[int]) -> list[int]:
    """A column with whole times, or one with days and one with times of day, or the latter alone."""

    def first(kind: str) -> list[int]:
        return [place for place in (*named, *neutral) if kinds[place] == kind][:1]

    return first("both") or first("day") + first("clock")


def _kind_of(table: Table, place: int) -> str:
    """Whether the cells of a column are days, times of day, both or neither."""
    cells = [cells[place] for cells in table.cells()[:_SAMPLE] if len(cells) > place and cells[place]]
    kinds = Counter(map(kind_of, cells))
    if not cells or 2 * kinds.pop("", 0) > len(cells):
        return ""
    # Some of the times may be midnights.
    return "both" if kinds.keys() == {"both", "day"} else next(iter(kinds)) if len(kinds) == 1 else ""


def _places(placed: dict[str, list[int]]) -> set[int]:
    return {place for places in placed.values() for place in places}


def _words(header: str) -> set[str]:
    name = normalise(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", header))
    return {name, *name.split("_")}


def propose(
    file: Path, table: Table, target: str, maps: Sequence[str], rows: Sequence[Row | ResourceRow],
    unreadable: Sequence[Unreadable], zone: ZoneInfo,
) -> None:  # fmt: skip
    """Shows a mapping and what the first rows would be."""
    placed = table.place(FIELDS[target], maps)
    say(f"The columns of {file.name} would be read as")
    for field, places in placed.items():
        say(f"  {field:<12}{' + '.join(table.header[place] for place in places)}")
    unused = [header for place, header in enumerate(table.header) if header and place not in _places(placed)]
    if unused:
        say(f"  {'(not used)':<12}{', '.join(unused)}")
    say("Its first rows would be")
    told = {item.line: f"unreadable: {item.why}" for item in reversed(unreadable)}
    told |= {row.line: row.describe(zone) for row in reversed(rows)}
    for line in sorted(told)[:_SHOWN]:
        say(f"  line {line}: {told[line]}")
    say("The same without a guess:")
    say(f"  berth import {shlex.quote(str(file))}{''.join(f' --map {shlex.quote(text)}' for text in maps)} …")


def agree(count: int) -> bool:
    """Whether to go on, as the user says; where nobody can be asked, nothing is done."""
    try:
        if click.confirm(f"Import these {count}?", err=True):
            return True
    except click.Abort:
        pass
    say("Nothing was imported.")
    return False
