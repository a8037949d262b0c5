"""``berth import`` of iCalendar files: VEVENTs become reservations and series, through the same API as everybody's."""

import hashlib
import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from postgrest import SyncPostgrestClient
from postgrest.exceptions import APIError
from psycopg.types.json import Jsonb

from gateway.calendars import (
    CalendarError,
    Cancellation,
    Change,
    Event,
    Expand,
    Occurrence,
    Problem,
    Recurrence,
    Time,
    Version,
    is_calendar,
    read_calendar,
)
from gateway.calendars.recurrence import MOST, NO_VERSION, length_arguments, to_local
from gateway.calendars.writing import STATUSES
from gateway.cli.importers import Bookings, Resources, Result, explain, is_over, say_changed
from gateway.cli.pages import Filter, read_all
from gateway.cli.rows import Row
from gateway.local import LocalError

_ADDRESS = 3000  # characters of an address that UIDs may take
_MOVES = 100  # that move_reservations takes
_LONGEST_SOURCE = 200  # of source_id
_COLUMNS = (
    "id,series_id,source_module,source_id,original_starts_at,starts_at,ends_at,title,status,status_reason,metadata,"
    "resource_id,resources(name)"
)

_GIVEN_UP = "its time in the imported calendar could not be had"
_CANCELLED = "cancelled in the imported calendar"
_DROPPED = "duplicate_id: it was imported before, and is not in the file any more; cancel it"
_OLDER = "a newer version of it was imported before"
_FIRM = "it is confirmed, and does not become tentative again; cancel it, or confirm it in the calendar"

#: Resource, start and end: what may not differ when an event is imported again.
Facts = tuple[str, datetime, datetime]


def is_ics(path: Path) -> bool:
    """Whether a file is iCalendar, by its name or by how it begins."""
    with path.open("rb") as file:
        return path.suffix.lower() in (".ics", ".ical") or is_calendar(file.read(64))


def read_events(
    path: Path, zone: ZoneInfo, resource: str, until: date | None, expand: Expand
) -> tuple[list[Event], list[Problem]]:
    """Reads the events of an iCalendar file, and says which lines it cannot use."""
    try:
        return read_calendar(path.read_bytes(), zone, resource, until, expand)
    except CalendarError as error:
        raise LocalError(f"{path.name} is not iCalendar: {error}") from None


def expand_in(connection: psycopg.Connection[Any]) -> Expand:
    """Expands recurrences in the database, so that what is expected is what it will book."""
    known: dict[str, list[Time]] = {}

    def expand(recurrence: Recurrence) -> list[Time]:
        arguments = recurrence.arguments()
        key = json.dumps(arguments)
        if key not in known:
            try:
                rows = connection.execute(
                    "select o.local_start, o.starts_at, o.ends_at"
                    "  from booking.list_occurrences(jsonb_populate_record(null::booking.series, %s), %s) o",
                    (Jsonb(arguments), MOST),
                ).fetchall()
            except psycopg.OperationalError:
                raise
            except psycopg.Error as error:
                raise CalendarError(explain(error, recurrence.zone), "refused") from None
            known[key] = [Time(local, starts.astimezone(UTC), ends.astimezone(UTC)) for local, starts, ends in rows]
        return known[key]

    return expand


@dataclass
class Mark:
    """What the import notes in the metadata of a reservation: the resource in the file, and the version of the event."""

    resource: str
    version: Version

    @classmethod
    def read(cls, row: dict[str, Any]) -> "Mark":
        """Reads it from a reservation. Without one, its own resource counts, and any version of the event is newer."""
        found = noted_of(row)
        try:
            version = Version(int(found["sequence"]), datetime.fromisoformat(found["dtstamp"]))
            return cls(str(found["resource"]), version)
        except (KeyError, TypeError, ValueError):
            return cls(row["resources"]["name"], NO_VERSION)

    def write(self) -> dict[str, Any]:
        version = self.version
        return {"resource": self.resource, "sequence": version.sequence, "dtstamp": version.stamp.isoformat()}


@dataclass
class Known:
    """The reservations that were imported for one event, as the API shows them."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def series_ids(self) -> set[str]:
        return {row["series_id"] for row in self.rows if row["series_id"]}

    @property
    def version(self) -> Version:
        """The oldest version among them."""
        return min((Mark.read(row).version for row in self.rows if is_live(row)), default=NO_VERSION)


@dataclass
class Move:
    """A reservation that has to move, and its new time."""

    event: Event
    occurrence: Occurrence
    row: dict[str, Any]
    resource_id: str

    @property
    def target(self) -> dict[str, str]:
        """An item of the moves that move_reservations takes."""
        return {
            "reservation_id": self.row["id"], "resource_id": self.resource_id,
            "starts_at": self.occurrence.starts_at.isoformat(), "ends_at": self.occurrence.ends_at.isoformat(),
        }  # fmt: skip

    def is_in_the_way(self, conflict: dict[str, Any]) -> bool:
        """Whether a conflict is with the present time of this reservation."""
        return (self.row["resource_id"], moment(self.row["starts_at"]), moment(self.row["ends_at"])) == (
            conflict.get("resource_id"), moment(conflict["starts_at"]), moment(conflict["ends_at"]),
        )  # fmt: skip


#: What the import says of a booking or of a line.
Outcome = Result | Problem


class Calendars:
    """Brings events in as a manager of one tenant, through PostgREST."""

    def __init__(
        self, api: SyncPostgrestClient, resources: Resources, tenant_id: uuid.UUID, zone: ZoneInfo, source: str,
        dry_run: bool, resource: str = "",
    ) -> None:  # fmt: skip
        self._api = api
        self._resources = resources
        self._tenant_id = tenant_id
        self._zone = zone
        self._resource = resource
        self._uids: set[str] = set()
        self._reason = f"imported from {source}"
        self._foreseen = Bookings(api, resources, tenant_id, zone, source, dry_run) if dry_run else None
        self._moves: list[Move] = []
        #: Bookings that wait until the moves have made room.
        self._late: list[tuple[Event, Occurrence, Known]] = []
        self._before: set[str] = set()
        #: For verification: what must be there in the end, by UID, resource and original start, and which UIDs were written.
        self._done: dict[str, dict[tuple[str, datetime], tuple[Event, Occurrence]]] = defaultdict(dict)
        self._written: set[str] = set()

    def bring_in(self, events: list[Event], problems: Iterable[Problem] = ()) -> Iterator[Outcome]:
        """A result for each occurrence. What is cancelled frees its time first, then all that has changed moves at once.

        The rest is booked in the order of the file, for the first there keeps its time.
        """
        self._uids = {event.uid for event in events}
        yield from self._cancel(list(problems))
        new: list[tuple[Event, Known]] = []
        found: dict[str, list[dict[str, Any]]] = {}
        for batch in in_batches(events):
            for event in batch:
                try:
                    if event.uid not in found:
                        found |= self._find({one.uid for one in batch} - found.keys())
                    there = self._choose(event, found[event.uid])
                    if there.rows:
                        yield from self._compare(event, there)
                    else:
                        new.append((event, there))
                except (APIError, LocalError) as error:
                    yield self._refuse(event, error)
        yield from self._move_known()
        made: dict[tuple[str, str], Known] = {}
        planned: list[Row] = []
        for event, there in new:
            key = (event.uid, event.resource)
            try:
                if self._foreseen:
                    planned += [self._row(event, occurrence) for occurrence in event.occurrences()]
                elif key in made:
                    # Twice in the file, and neither is newer.
                    yield from self._compare(event, made[key])
                    yield from self._move_known()
                else:
                    made[key] = there
                    yield from self._create(event, there)
            except (APIError, LocalError) as error:
                yield self._refuse(event, error)
        if self._foreseen:
            yield from self._foreseen.bring_in(planned)
        else:
            yield from self._verify(events)

    def _refuse(self, event: Event, error: APIError | LocalError) -> Result:
        return Result(self._first_row(event), "refused", self._explain(error, event.resource))

    def _explain(self, error: APIError | LocalError, resource: str) -> str:
        """Says why, with times in the zone of the resource."""
        return explain(error, self._resources.zone(resource)) if isinstance(error, APIError) else str(error)

    def _find(self, uids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
        """Finds the reservations of these UIDs: those imported, and those exported from here, whose ids are their UIDs."""
        found: dict[str, dict[str, dict[str, Any]]] = {uid: {} for uid in uids}
        sources = {source_of(uid): uid for uid in found}
        own = {str(read_uuid(uid)): uid for uid in found if read_uuid(uid)}
        for row in self._read(lambda query: query.eq("source_module", "import").in_("source_id", sources)):
            found[sources[row["source_id"]]][row["id"]] = row
        if own:
            rows = self._read(lambda query: query.in_("id", own)), self._read(lambda query: query.in_("series_id", own))
            for column, some in zip(("id", "series_id"), rows, strict=True):
                for row in some:
                    found[own[row[column]]].setdefault(row["id"], {**row, "is_own": True})
        for of_uid in found.values():
            self._before |= of_uid.keys()
        return {uid: list(of_uid.values()) for uid, of_uid in found.items()}

    def _read(self, wanted: Filter) -> list[dict[str, Any]]:
        return list(read_all(self._api, "reservations", _COLUMNS, wanted))

    def _call(self, function: str, **arguments: Any) -> Any:
        return self._api.rpc(function, arguments).execute().data

    def _choose(self, event: Event, rows: list[dict[str, Any]]) -> Known:
        """Chooses the reservations of the event's resource, since a meeting may be in the files of several rooms.

        With another SEQUENCE, those of another resource: then the meeting has changed its room. Not with ``--resource``.
        """
        by_resource: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            by_resource[event.resource if row.get("is_own") else Mark.read(row).resource].append(row)
        if event.resource not in by_resource and not self._resource and len(by_resource) == 1:
            (others,) = by_resource.values()
            live = [Mark.read(row).version.sequence for row in others if is_live(row)]
            if live and max(live) != event.version.sequence:
                return Known(others)
        return Known(by_resource[event.resource])

    def _cancel(self, problems: list[Problem]) -> Iterator[Outcome]:
        """Reports the lines that book nothing, and cancels what the file cancels."""
        uids = {problem.cancellation.uid for problem in problems if problem.cancellation and problem.cancellation.uid}
        found: dict[str, list[dict[str, Any]]] = {}
        for batch in in_batches(sorted(uids), lambda uid: uid):
            found |= self._find(batch)
        for problem in problems:
            rows = list(self._called_off(problem.cancellation, found)) if problem.cancellation else []
            if not rows:
                yield problem
                continue
            mark = problem.cancellation.version if problem.cancellation else NO_VERSION
            yield from self._cancel_rows(problem.line, rows, mark)

    def _called_off(self, wanted: Cancellation, found: dict[str, list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
        for row in found.get(wanted.uid, []):
            mark = Mark.read(row)
            if row.get("is_own") or not is_live(row) or is_past(row) or not wanted.ends(mark.version):
                continue
            if wanted.names(original_of(row)) and wanted.resource in ("", mark.resource):
                yield row

    def _cancel_rows(self, line: int, rows: list[dict[str, Any]], version: Version) -> Iterator[Result]:
        """Cancels reservations one by one, since each may have another version, and notes the version that cancelled it."""
        for row in rows:
            result = self._old_row(line, row)
            try:
                if not self._foreseen:
                    mark = Mark.read(row)
                    self._note(row, Mark(mark.resource, max(mark.version, version)))
                    self._call("cancel_reservation", reservation_id=row["id"], reason=_CANCELLED)
            except APIError as error:
                yield Result(result, "refused", self._explain(error, result.resource))
                continue
            row["status"], row["status_reason"] = "cancelled", _CANCELLED
            yield Result(result, "cancelled")

    def _note(
        self, row: dict[str, Any], mark: Mark, title: str | None = None, original: datetime | None = None
    ) -> None:
        """Notes of a reservation which version of which occurrence it is, and its title."""
        noted = mark.write()
        if original and original != original_of(row):
            noted["original"] = original.isoformat()
        elif mark == Mark.read(row) and title in (None, row["title"]):
            return
        row["metadata"] = {**(row.get("metadata") or {}), "calendar": {**noted_of(row), **noted}}
        self._call("update_reservation", reservation_id=row["id"], title=title, metadata=row["metadata"])

    def _compare(self, event: Event, there: Known) -> Iterator[Result]:
        """Compares an event with what was imported of it before. A newer version changes the reservations.

        Each reservation belongs to one occurrence. An occurrence that was refused before is tried again.
        """
        expected = event.occurrences()
        pairs = self._pair(event, expected, there)
        taken = {row["id"] for row in pairs.values()}
        version = there.version
        new: list[Occurrence] = []
        open_starts: set[datetime] | None = None
        for occurrence in expected:
            row = self._row(event, occurrence)
            before = pairs.get(occurrence.original)
            is_own = bool(before and before.get("is_own"))
            is_newer = bool(before and not is_own and occurrence.version > Mark.read(before).version)
            if before and before["status_reason"] == _CANCELLED and not is_live(before) and is_newer:
                self._late.append((event, occurrence, there))
            elif before and facts_of(before) == facts_of_row(row):
                yield self._renew(event, occurrence, before)
            elif before and before["status_reason"] == _GIVEN_UP and not is_live(before):
                self._late.append((event, occurrence, there))
            elif before and is_live(before) and is_newer:
                self._plan(event, occurrence, before)
            elif before and not is_own and occurrence.version < Mark.read(before).version:
                yield Result(row, "skipped", _OLDER)
            elif before:
                yield Result(row, "refused", say_changed(f"id {event.uid}"))
            elif occurrence.version > version and not any(one.get("is_own") for one in there.rows):
                new.append(occurrence)
            else:
                if open_starts is None:
                    open_starts = self._open_starts(there)
                if occurrence.original in open_starts:
                    self._late.append((event, occurrence, there))
                elif occurrence.version < version:
                    yield Result(row, "skipped", _OLDER)
                else:
                    yield Result(row, "refused", say_changed(f"id {event.uid}"))
        dropped = self._dropped(event, there, taken, expected)
        spare = [row for row, dropping in dropped if not row.get("is_own") and dropping > Mark.read(row).version]
        kept = [row for row, dropping in dropped if row.get("is_own") or dropping == Mark.read(row).version]
        spare.sort(key=lambda row: moment(row["starts_at"]))
        # A new occurrence takes over a reservation that is left, as long as there is one.
        for occurrence, before in zip(new, spare, strict=False):
            self._plan(event, occurrence, before)
        self._late += [(event, occurrence, there) for occurrence in new[len(spare) :]]
        yield from self._cancel_rows(event.line, spare[len(new) :], event.version)
        yield from (Result(self._old_row(event.line, row), "refused", _DROPPED) for row in kept)

    def _pair(self, event: Event, expected: list[Occurrence], there: Known) -> dict[datetime, dict[str, Any]]:
        """Pairs each occurrence with a reservation: its own if unchanged, else one at that time, else its own."""
        pairs: dict[datetime, dict[str, Any]] = {}
        taken: set[str] = set()
        wanted = {one.original: facts_of_row(self._row(event, one)) for one in expected}
        ids = {one.original: self._id(event, one) for one in expected}
        alike: dict[Facts, list[dict[str, Any]]] = defaultdict(list)
        by_name: dict[str | datetime, list[dict[str, Any]]] = defaultdict(list)
        for row in there.rows:
            alike[facts_of(row)].append(row)
            by_name[row["id"]].append(row)
            by_name[original_of(row)].append(row)

        def own(one: Occurrence) -> list[dict[str, Any]]:
            return by_name[ids[one.original]] + by_name[one.original]

        def same(one: Occurrence) -> list[dict[str, Any]]:
            return [row for row in own(one) if facts_of(row) == wanted[one.original]]

        def like(one: Occurrence) -> list[dict[str, Any]]:
            return alike[wanted[one.original]]

        for candidates, is_wanted in (
            (same, is_live), (like, is_live), (own, is_live), (same, bool), (like, bool), (own, bool),
        ):  # fmt: skip
            for one in expected:
                free = (row for row in candidates(one) if row["id"] not in taken and is_wanted(row))
                if one.original not in pairs and (found := next(free, None)):
                    pairs[one.original] = found
                    taken.add(found["id"])
        return pairs

    def _dropped(
        self, event: Event, there: Known, taken: set[str], expected: list[Occurrence]
    ) -> list[tuple[dict[str, Any], Version]]:
        """The reservations whose occurrences are no longer in the event, each with the version that dropped it."""
        if not event.first:
            return []  # Single occurrences say nothing of the others.
        originals = {one.original for one in expected}
        dropped = []
        for row in there.rows:
            # An exported occurrence that was moved has a VEVENT of its own.
            has_own = row.get("is_own") and (row["id"] in self._uids or original_of(row) in originals)
            if row["id"] not in taken and is_live(row) and not has_own:
                dropping = event.dropped_in(original_of(row))
                if not is_past(row) or dropping == Mark.read(row).version:
                    dropped.append((row, dropping))
        return dropped

    def _renew(self, event: Event, occurrence: Occurrence, row: dict[str, Any], is_moved: bool = False) -> Result:
        """Brings the title and the status of a reservation up to date; its time is right.

        Notes the version, so that an older one does not change it back.
        """
        result = self._row(event, occurrence)
        mark = Mark.read(row)
        self._note_done(event, occurrence)
        if row.get("is_own") or not is_live(row) or occurrence.version <= mark.version:
            return Result(result, "already there")
        is_firmer = row["status"] == "tentative" and occurrence.status == "confirmed"
        was_tentative = noted_of(row).get("status") == "tentative"
        # Who has confirmed it here since did so on purpose.
        if row["status"] == "confirmed" and occurrence.status == "tentative" and not was_tentative:
            return Result(result, "refused", _FIRM)
        is_renamed = row["title"] != occurrence.title
        is_changed = is_moved or is_firmer or is_renamed or original_of(row) != occurrence.original
        if not self._foreseen and (is_changed or occurrence.version.sequence > mark.version.sequence):
            noted_of(row)["status"] = occurrence.status
            try:
                self._note(row, Mark(event.resource, occurrence.version), occurrence.title, occurrence.original)
                if is_firmer:
                    self._call("confirm_reservation", reservation_id=row["id"])
            except APIError as error:
                return Result(result, "refused", self._explain(error, result.resource))
        return Result(result, "updated" if is_changed else "already there")

    def _note_done(self, event: Event, occurrence: Occurrence) -> None:
        self._done[event.uid][event.resource, occurrence.original] = (event, occurrence)

    def _plan(self, event: Event, occurrence: Occurrence, row: dict[str, Any]) -> None:
        self._written.add(event.uid)
        self._moves.append(Move(event, occurrence, row, self._resources.need(occurrence.resource)["id"]))

    def _move_known(self) -> Iterator[Result]:
        """Moves what has changed, all at once, and books what may have room then."""
        moves, self._moves = self._moves, []
        late, self._late = self._late, []
        if self._foreseen:
            yield from (Result(self._row(one.event, one.occurrence), "updated") for one in moves)
        else:
            refused = self._move_all(moves)
            for move in moves:
                row = self._row(move.event, move.occurrence)
                if move.row["id"] in refused:
                    yield Result(row, "refused", self._explain(refused[move.row["id"]], row.resource))
                    continue
                result = self._renew(move.event, move.occurrence, move.row, is_moved=True)
                yield result if result.outcome == "refused" else Result(row, "updated")
        for event, occurrence, there in late:
            try:
                yield self._book(event, occurrence, there)
            except (APIError, LocalError) as error:
                yield Result(self._row(event, occurrence), "refused", self._explain(error, occurrence.resource))

    def _move_all(self, moves: list[Move], give_up: Callable[[Move], None] = lambda move: None) -> dict[str, APIError]:
        """Moves reservations, those that need each other's times at once; returns why some could not, by id."""
        refused: dict[str, APIError] = {}
        for group in in_groups(moves):
            rest = group
            while rest:
                try:
                    answer = self._call("move_reservations", moves=[move.target for move in rest])
                except APIError as error:
                    errors = self._move_alone(rest) if len(rest) > 1 else {rest[0].row["id"]: error}
                    if len(errors) < len(rest):
                        rest = [move for move in rest if move.row["id"] in errors]
                        continue
                    # Those that are only in each other's way may move once the others have given up.
                    hopeless = [move for move in rest if not is_among(errors[move.row["id"]], rest, move)] or rest[-1:]
                    for move in hopeless:
                        refused[move.row["id"]] = errors[move.row["id"]]
                        give_up(move)
                    rest = [move for move in rest if move not in hopeless]
                else:
                    for move, row in zip(rest, answer, strict=True):
                        move.row |= spelled(row, move.occurrence.resource)
                    break
        return refused

    def _move_alone(self, moves: list[Move]) -> dict[str, APIError]:
        """Moves reservations one after another; returns why some could not, by id."""
        refused: dict[str, APIError] = {}
        for move in moves:
            try:
                move.row |= spelled(self._call("reschedule_reservation", **move.target), move.occurrence.resource)
            except APIError as error:
                refused[move.row["id"]] = error
        return refused

    def _open_starts(self, there: Known) -> set[datetime]:
        """The original starts that its series yield, and that were never booked."""
        starts: set[datetime] = set()
        for series_id in there.series_ids:
            found = self._call("series_occurrences", series_id=series_id)
            starts |= {moment(one["original_starts_at"]) for one in found if one["reservation_id"] is None}
        return starts

    def _create(self, event: Event, there: Known) -> Iterator[Result]:
        expected = event.occurrences()
        if not expected:
            yield Result(self._first_row(event), "refused", event.why_nothing())
        elif event.recurrence:
            yield from self._create_series(event, there, {one.original: one for one in expected})
        else:
            yield from (self._book(event, occurrence, there) for occurrence in expected)

    def _create_series(self, event: Event, there: Known, expected: dict[datetime, Occurrence]) -> Iterator[Result]:
        """Books what it can as one series, and the rest as single reservations."""
        first, recurrence = event.first, event.recurrence
        assert first
        assert recurrence
        # An override is for all of a series: what is to come has none because some is over.
        history = all(is_over(one) for one in expected.values())
        times = {time.starts_at: time.local for time in recurrence.times()} if has_times(recurrence) else {}
        usual = event.unchanged()
        together = {at: one for at, one in expected.items() if at in times and self._fits(one, usual[at], first)}
        made: dict[datetime, dict[str, Any]] = {}
        refused: dict[datetime, str] = {}
        if together:
            arguments = recurrence.arguments()
            arguments["exdates"] += [local.isoformat() for at, local in times.items() if at not in together]
            arguments |= self._describe(event, first.resource, first.title, history, first.version)
            arguments |= {"id": self._series_id(event), "status": first.status, "on_conflict": "skip"}
            arguments["metadata"]["calendar"]["status"] = first.status
            self._written.add(event.uid)
            answer = self._call("create_series", **arguments)
            made = {moment(row["original_starts_at"]): row for row in answer["created"]}
            refused = {moment(item["starts_at"]): self._say(item, first.resource) for item in answer["rejected"]}
            for change in sorted((one for one in event.changes if one.following), key=lambda one: one.original):
                self._move_following(event, change, made)
        made = {at: spelled(row, self._name_of(event, row)) for at, row in made.items()}
        there.rows += made.values()
        settled = {at: made[at] for at in made if at in expected}
        refusals = self._settle(event, {at: (expected[at], row) for at, row in settled.items()})
        for original, occurrence in expected.items():
            row = self._row(event, occurrence)
            if original in refusals:
                yield Result(row, "refused", refusals[original])
            elif original in settled:
                self._note_done(event, occurrence)
                yield Result(row, "created")
            elif original in refused and (history or not is_over(occurrence)) and occurrence == usual[original]:
                yield Result(row, "refused", refused[original])
            elif original in together and original not in refused:
                yield Result(row, "refused", "the database has not made it")
            else:
                yield self._book(event, occurrence, there)

    def _fits(self, occurrence: Occurrence, usual: Occurrence, first: Change) -> bool:
        """Whether the series can have it: an occurrence that is over cannot be moved, and none has a status of its own."""
        is_moved = (occurrence.resource, occurrence.starts_at, occurrence.ends_at) != (
            usual.resource, usual.starts_at, usual.ends_at,
        )  # fmt: skip
        return occurrence.status == first.status and not (is_moved and (is_over(occurrence) or is_over(usual)))

    def _move_following(self, event: Event, change: Change, made: dict[datetime, dict[str, Any]]) -> None:
        """Moves an occurrence and all that follow. Those that cannot move are moved one by one later."""
        usual = event.usual()
        now = datetime.now(UTC)
        anchor = next(
            (at for at in sorted(made) if at >= change.original and moment(made[at]["starts_at"]) > now), None
        )
        if anchor is None or change.status == "cancelled" or not event.recurrence:
            return
        local_start = to_local(usual[anchor].starts_at, event.recurrence.zone)
        if local_start is None:
            return
        arguments = {
            "series_id": made[anchor]["series_id"],
            "scope": "following",
            "reservation_id": made[anchor]["id"],
            "local_start": local_start.isoformat(),
            "resource_id": self._resources.need(change.resource)["id"],
            **length_arguments(local_start, change.length),
        }
        originals = {row["id"]: at for at, row in made.items()}
        try:
            answer = self._call("reschedule_series", **arguments)
            if change.title != made[anchor]["title"]:
                answer = self._call("update_series", series_id=answer["series_id"], title=change.title)
        except APIError:
            return
        made |= {originals[row["id"]]: row for row in answer["reservations"]}

    def _name_of(self, event: Event, row: dict[str, Any]) -> str:
        """The resource of a reservation that was made of an event, or moved with all that follow."""
        names = [event.resource, *(change.resource for change in event.changes)]
        return next((name for name in names if self._resources.need(name)["id"] == row["resource_id"]), event.resource)

    def _settle(self, event: Event, made: dict[datetime, tuple[Occurrence, dict[str, Any]]]) -> dict[datetime, str]:
        """Moves and renames occurrences that were made as the series has them. One that cannot move is given up."""
        moves: list[Move] = []
        for occurrence, row in made.values():
            move = Move(event, occurrence, row, self._resources.need(occurrence.resource)["id"])
            if (move.resource_id, occurrence.starts_at, occurrence.ends_at) != (
                row["resource_id"], moment(row["starts_at"]), moment(row["ends_at"]),
            ):  # fmt: skip
                moves.append(move)

        def give_up(move: Move) -> None:
            self._call("cancel_reservation", reservation_id=move.row["id"], reason=_GIVEN_UP)
            move.row |= {"status": "cancelled", "status_reason": _GIVEN_UP}

        refused = self._move_all(moves, give_up)
        for occurrence, row in made.values():
            if row["id"] not in refused and row["title"] != occurrence.title:
                self._call("update_reservation", reservation_id=row["id"], title=occurrence.title)
                row["title"] = occurrence.title
        return {
            at: self._explain(refused[row["id"]], occurrence.resource)
            for at, (occurrence, row) in made.items()
            if row["id"] in refused
        }

    def _book(self, event: Event, occurrence: Occurrence, there: Known) -> Result:
        """Books a single reservation."""
        row = self._row(event, occurrence)
        if self._foreseen:
            return next(iter(self._foreseen.bring_in([row])))
        ids = {one["id"] for one in there.rows}
        number = 1
        while (row_id := self._id(event, occurrence, number)) in ids:
            number += 1  # That id belongs to a cancelled one.
        described = self._describe(
            event, occurrence.resource, occurrence.title, is_over(occurrence), occurrence.version
        )
        arguments = described | {
            "id": row_id, "starts_at": occurrence.starts_at.isoformat(), "ends_at": occurrence.ends_at.isoformat(),
            "status": occurrence.status,
        }  # fmt: skip
        arguments["metadata"]["calendar"] |= {
            "original": occurrence.original.isoformat(), "status": occurrence.status,
        }  # fmt: skip
        self._written.add(event.uid)
        try:
            made = self._call("create_reservation", **arguments)
        except APIError as error:
            return Result(row, "refused", self._explain(error, row.resource))
        there.rows.append(spelled(made, occurrence.resource))
        self._note_done(event, occurrence)
        return Result(row, "created")

    def _describe(self, event: Event, resource: str, title: str, override: bool, version: Version) -> dict[str, Any]:
        """The arguments that reservations and series share."""
        described: dict[str, Any] = {
            "resource_id": self._resources.need(resource)["id"],
            "title": title,
            "source_module": "import",
            "source_id": source_of(event.uid),
            "metadata": {"calendar": Mark(event.resource, version).write()},
        }
        if override:
            # History is history: only its conflicts count.
            described |= {"override": True, "reason": self._reason}
        return described

    def _verify(self, events: list[Event]) -> Iterator[Result]:
        """Checks that exactly what was expected is in the database."""
        wanted = {event.uid: event for event in events if event.uid in self._written}
        before = frozenset(self._before)
        for batch in in_batches(list(wanted.values())):
            for uid, rows in self._find({event.uid for event in batch}).items():
                live = Counter(facts_of(row) for row in rows if row["status"] in STATUSES)
                for event, occurrence in self._done[uid].values():
                    row = self._row(event, occurrence)
                    if live[facts_of_row(row)]:
                        live[facts_of_row(row)] -= 1
                    elif facts_of_row(row) not in {facts_of(one) for one in rows if one["id"] in before}:
                        yield Result(row, "refused", "it was booked, and is not there at this time; look at what is")
                for one in rows:
                    if one["id"] not in before and live[facts_of(one)]:
                        live[facts_of(one)] -= 1
                        yield Result(
                            self._old_row(wanted[uid].line, one), "refused", "it was booked, and is not in the file"
                        )

    def _id(self, event: Event, occurrence: Occurrence, number: int = 1) -> str:
        """The id of a single reservation, the same at every run."""
        again = "" if number == 1 else f"|{number}"
        return str(uuid.uuid5(self._tenant_id, f"id|{self._row(event, occurrence).id}{again}"))

    def _series_id(self, event: Event) -> str:
        return str(uuid.uuid5(uuid.uuid5(self._tenant_id, "series"), f"id|{event.uid}|{event.resource}"))

    def _row(self, event: Event, occurrence: Occurrence) -> Row:
        """An occurrence as CSV would have it; its id is the UID in its resource, of one among several with its RECURRENCE-ID."""
        is_only = event.first and not event.recurrence
        row_id = f"{event.uid}|{event.resource}" + ("" if is_only else f"|{occurrence.original:%Y%m%dT%H%M%SZ}")
        starts_at, ends_at = (at.astimezone(occurrence.zone) for at in (occurrence.starts_at, occurrence.ends_at))
        return Row(event.line, occurrence.resource, occurrence.title, starts_at, ends_at, row_id)

    def _old_row(self, line: int, row: dict[str, Any]) -> Row:
        starts_at, ends_at = (moment(row[column]).astimezone(self._zone) for column in ("starts_at", "ends_at"))
        return Row(line, row["resources"]["name"], row["title"], starts_at, ends_at, row["id"])

    def _first_row(self, event: Event) -> Row:
        first = event.first or event.changes[0]
        return self._row(event, first.apply(first.original, first.local_start))

    def _say(self, item: dict[str, Any], resource: str) -> str:
        """Why an occurrence was rejected."""
        refusal = {"message": item["code"], "details": json.dumps(item["details"]), "hint": item["hint"]}
        return self._explain(APIError(refusal), resource)


def in_batches(things: list[Any], uid_of: Callable[[Any], str] = lambda event: str(event.uid)) -> Iterator[list[Any]]:
    """Splits things so that the UIDs of each batch fit into one address."""
    batch: list[Any] = []
    size = 0
    for one in things:
        size += 3 * len(uid_of(one).encode()) + 3  # at worst, with all of it escaped
        if batch and size > _ADDRESS:
            yield batch
            batch, size = [], 3 * len(uid_of(one).encode()) + 3
        batch.append(one)
    if batch:
        yield batch


def in_groups(moves: list[Move]) -> Iterator[list[Move]]:
    """Splits moves into calls; those that need each other's times stay together."""
    left = sorted(moves, key=lambda move: move.occurrence.original)
    group: list[Move] = []
    while left:
        chain = [left.pop(0)]
        for move in chain:
            near = [one for one in left if is_onto(move, one) or is_onto(one, move)]
            chain += near
            left = [one for one in left if one not in near]
        if group and len(group) + len(chain) > _MOVES:
            yield group
            group = []
        group += chain
        while len(group) > _MOVES:
            yield group[:_MOVES]
            group = group[_MOVES:]
    if group:
        yield group


def is_onto(move: Move, other: Move) -> bool:
    """Whether it needs the time that the other one has now."""
    return (
        move.resource_id == other.row["resource_id"]
        and move.occurrence.starts_at < moment(other.row["ends_at"])
        and moment(other.row["starts_at"]) < move.occurrence.ends_at
    )


def is_among(error: APIError, moves: list[Move], but: Move) -> bool:
    """Whether nothing but these is in the way."""
    try:
        conflicts = json.loads(error.details or "{}").get("conflicts") or []
    except (AttributeError, ValueError):
        return False
    return bool(conflicts) and all(
        any(move is not but and move.is_in_the_way(conflict) for move in moves) for conflict in conflicts
    )


def has_times(recurrence: Recurrence) -> bool:
    """Whether the series has a rule or dates. If not, all its times lie in hours that occur twice."""
    return bool(recurrence.rrule or recurrence.rdates)


def source_of(uid: str) -> str:
    """A UID as source_id takes it: a long one is cut, and told from others by its hash."""
    if len(uid) <= _LONGEST_SOURCE:
        return uid
    digest = hashlib.sha256(uid.encode()).hexdigest()
    return f"{uid[: _LONGEST_SOURCE - len(digest) - 1]}|{digest}"


def is_live(row: dict[str, Any]) -> bool:
    """Whether a reservation takes place, or may."""
    return row["status"] in STATUSES


def noted_of(row: dict[str, Any]) -> dict[str, Any]:
    """What the import has noted in a reservation, or nothing if it was overwritten."""
    noted = (row.get("metadata") or {}).get("calendar")
    return noted if isinstance(noted, dict) else {}


def original_of(row: dict[str, Any]) -> datetime:
    """The RECURRENCE-ID that a reservation has in the file, which may differ from its original start in the series."""
    try:
        return moment(noted_of(row)["original"])
    except (KeyError, TypeError, ValueError):
        return moment(row["original_starts_at"] or row["starts_at"])


def is_past(row: dict[str, Any]) -> bool:
    """Whether a reservation is over."""
    return moment(row["ends_at"]) <= datetime.now(UTC)


def moment(text: str) -> datetime:
    """A time that came as JSON, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def facts_of(row: dict[str, Any]) -> Facts:
    """The facts of a reservation."""
    return row["resources"]["name"], moment(row["starts_at"]), moment(row["ends_at"])


def facts_of_row(row: Row) -> Facts:
    """The facts of an occurrence."""
    return row.resource, row.starts_at.astimezone(UTC), row.ends_at.astimezone(UTC)


def spelled(row: dict[str, Any], resource: str) -> dict[str, Any]:
    """A reservation as a function answers it, with its resource as the views show it."""
    return {**row, "resources": {"name": resource}}


def read_uuid(text: str) -> uuid.UUID | None:
    """A UID that is one of ours, or could be."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
