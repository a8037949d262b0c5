"""``berth import`` of iCalendar files: VEVENTs become reservations and series, through the same API as everybody's."""

import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from postgrest import SyncPostgrestClient
from postgrest.exceptions import APIError

from gateway.calendars import CalendarError, Change, Event, Occurrence, Problem, is_calendar, read_calendar
from gateway.calendars.recurrence import length_arguments, to_local
from gateway.calendars.writing import STATUSES
from gateway.cli.importers import Bookings, Resources, Result, compare, explain
from gateway.cli.pages import Filter, read_all
from gateway.cli.rows import Row
from gateway.local import LocalError

_ADDRESS = 3000  # characters of an address that UIDs may take
_COLUMNS = "id,series_id,source_id,original_starts_at,starts_at,ends_at,title,status,status_reason,resources(name)"

_GIVEN_UP = "its time in the imported calendar could not be had"

_DROPPED = "duplicate_id: it was imported before, and is not in the file any more; cancel it"

#: What may not differ when it is imported again: the resource, and when.
Facts = tuple[str, datetime, datetime]


def is_ics(path: Path) -> bool:
    """Whether a file is iCalendar, by its name or by how it begins."""
    with path.open("rb") as file:
        return path.suffix.lower() in (".ics", ".ical") or is_calendar(file.read(64).decode(errors="replace"))


def read_events(path: Path, zone: ZoneInfo, resource: str, until: date | None) -> tuple[list[Event], list[Problem]]:
    """The events of an iCalendar file, and what is not among them."""
    try:
        return read_calendar(path.read_text(encoding="utf-8-sig"), zone, resource, until)
    except UnicodeDecodeError:
        raise LocalError(f"{path.name} is not UTF-8, as iCalendar is") from None
    except CalendarError as error:
        raise LocalError(f"{path.name} is not iCalendar: {error}") from None


@dataclass
class Known:
    """What is there of one UID: reservations as the API shows them, some of them occurrences of series."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    _by_name: dict[str | datetime, dict[str, Any]] = field(default_factory=dict)

    def add(self, row: dict[str, Any]) -> None:
        self.rows.append(row)
        self._by_name[row["id"]] = row
        if row["series_id"]:
            self._by_name.setdefault(moment(row["original_starts_at"]), row)

    def find(self, row_id: str, original: datetime) -> dict[str, Any] | None:
        """What an occurrence has become, by itself or in a series."""
        return self._by_name.get(row_id) or self._by_name.get(original)

    @property
    def series_ids(self) -> set[str]:
        return {row["series_id"] for row in self.rows if row["series_id"]}


class Calendars:
    """Brings events in as a manager of one tenant, through PostgREST."""

    def __init__(
        self, api: SyncPostgrestClient, resources: Resources, tenant_id: uuid.UUID, zone: ZoneInfo, source: str,
        dry_run: bool,
    ) -> None:  # fmt: skip
        self._api = api
        self._resources = resources
        self._tenant_id = tenant_id
        self._zone = zone
        self._uids: set[str] = set()
        self._reason = f"imported from {source}"
        self._foreseen = Bookings(api, resources, tenant_id, zone, source, dry_run) if dry_run else None

    def bring_in(self, events: list[Event]) -> Iterator[Result]:
        """In the order of the file, for the first there keeps its time; a result for each occurrence."""
        self._uids = {event.uid for event in events}
        planned: list[Row] = []
        known: dict[str, Known] = {}
        for batch in in_batches(events):
            for event in batch:
                try:
                    if event.uid not in known:
                        known |= self._find({one.uid for one in batch} - known.keys())
                    there = known[event.uid]
                    results = self._compare(event, there) if there.rows else self._create(event, there)
                    if self._foreseen and not there.rows:
                        planned += [self._row(event, occurrence) for occurrence in event.occurrences()]
                        continue
                    yield from results
                except (APIError, LocalError) as error:
                    zone = self._resources.zone(self._resource_of(event))
                    why = explain(error, zone) if isinstance(error, APIError) else str(error)
                    yield Result(self._first_row(event), "refused", why)
        if self._foreseen:
            yield from self._foreseen.bring_in(planned)

    def _find(self, uids: Iterable[str]) -> dict[str, Known]:
        """What is there of these UIDs: imported, or exported from here with their ids for UIDs."""
        found = {uid: Known() for uid in uids}
        own = {str(read_uuid(uid)): uid for uid in found if read_uuid(uid)}
        for row in self._read(lambda query: query.eq("source_module", "import").in_("source_id", found)):
            found[row["source_id"]].add(row)
        if own:
            for row in self._read(lambda query: query.in_("id", own)):
                found[own[row["id"]]].add(row)
            for row in self._read(lambda query: query.in_("series_id", own)):
                found[own[row["series_id"]]].add(row)
        return found

    def _read(self, wanted: Filter) -> list[dict[str, Any]]:
        return list(read_all(self._api, "reservations", _COLUMNS, wanted))

    def _call(self, function: str, **arguments: Any) -> Any:
        return self._api.rpc(function, arguments).execute().data

    def _compare(self, event: Event, there: Known) -> Iterator[Result]:
        """An event that came before. An occurrence that could not be had then is tried again, by itself."""
        expected = event.occurrences()
        rows = {one.original: self._row(event, one) for one in expected}
        same = {facts_of(row) for row in there.rows}
        open_starts: set[datetime] | None = None
        for occurrence in expected:
            row = rows[occurrence.original]
            before = there.find(str(row.stable_id(self._tenant_id)), occurrence.original)
            if (row.resource, occurrence.starts_at, occurrence.ends_at) in same:
                yield Result(row, "already there")
                continue
            if not before and open_starts is None:
                open_starts = self._open_starts(there)
            if before["status_reason"] == _GIVEN_UP if before else occurrence.original in (open_starts or ()):
                yield self._book(event, occurrence, there)
            else:
                yield compare(row)
        yield from self._find_dropped(event, there, rows)

    def _find_dropped(self, event: Event, there: Known, rows: dict[datetime, Row]) -> Iterator[Result]:
        """What was imported with it, and is not among its occurrences any more."""
        wanted = {facts_of_row(row) for row in rows.values()}
        ids = {str(row.stable_id(self._tenant_id)) for row in rows.values()}
        for before in there.rows:
            # One that was moved before its series was has a VEVENT of its own.
            is_known = before["id"] in ids | self._uids or (
                before["series_id"] and moment(before["original_starts_at"]) in rows
            )
            if before["status"] in STATUSES and facts_of(before) not in wanted and not is_known:
                yield Result(self._old_row(event, before), "refused", _DROPPED)

    def _open_starts(self, there: Known) -> set[datetime]:
        """The original starts that its series were to have and never had."""
        starts: set[datetime] = set()
        for series_id in there.series_ids:
            found = self._call("series_occurrences", series_id=series_id)
            starts |= {moment(one["original_starts_at"]) for one in found if one["reservation_id"] is None}
        return starts

    def _create(self, event: Event, there: Known) -> Iterator[Result]:
        if event.recurrence:
            yield from self._create_series(event, there)
        else:
            for occurrence in event.occurrences():
                yield self._book(event, occurrence, there)

    def _create_series(self, event: Event, there: Known) -> Iterator[Result]:
        """As one series what can be in it; the rest by itself."""
        first, recurrence = event.first, event.recurrence
        assert first
        assert recurrence
        expected = {one.original: one for one in event.occurrences()}
        if not expected:
            yield Result(self._first_row(event), "refused", "its EXDATEs leave nothing of it")
            return
        # An override is for all of a series: what is to come has none because some is over.
        history = all(is_over(one) for one in expected.values())
        starts = recurrence.starts()
        usual = {at: first.apply(at, local) for at, local in starts.items()}
        together = {at: one for at, one in expected.items() if at in usual and self._fits(one, usual[at], first)}
        made: dict[datetime, dict[str, Any]] = {}
        refused: dict[datetime, str] = {}
        if together:
            left_out = [local for at, local in starts.items() if at not in together]
            arguments = recurrence.arguments()
            arguments["exdates"] += [local.isoformat() for local in left_out]
            arguments |= self._describe(event, first.resource, first.title, history)
            arguments |= {"id": str(self._series_id(event)), "status": first.status, "on_conflict": "skip"}
            answer = self._call("create_series", **arguments)
            made = {moment(row["original_starts_at"]): row for row in answer["created"]}
            refused = {moment(item["starts_at"]): self._say(item, first.resource) for item in answer["rejected"]}
            for change in sorted((one for one in event.changes if one.following), key=lambda one: one.original):
                self._move_following(event, change, made)
        for original, occurrence in expected.items():
            if original in made:
                yield self._settle(event, occurrence, made[original], there)
            elif original in refused and (history or not is_over(occurrence)) and occurrence == usual[original]:
                yield Result(self._row(event, occurrence), "refused", refused[original])
            else:
                yield self._book(event, occurrence, there)

    def _fits(self, occurrence: Occurrence, usual: Occurrence, first: Change) -> bool:
        """Whether it can be an occurrence of the series: what is over cannot be moved, and nothing back to tentative."""
        is_moved = (occurrence.resource, occurrence.starts_at, occurrence.ends_at) != (
            usual.resource, usual.starts_at, usual.ends_at,
        )  # fmt: skip
        return occurrence.status == first.status and not (is_moved and (is_over(occurrence) or is_over(usual)))

    def _move_following(self, event: Event, change: Change, made: dict[datetime, dict[str, Any]]) -> None:
        """All from one on, as far as they can be; what cannot is seen to one by one."""
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

    def _settle(self, event: Event, occurrence: Occurrence, row: dict[str, Any], there: Known) -> Result:
        """Moves and renames an occurrence that was made as the series has it; one that cannot move is given up."""
        resource_id = self._resources.need(occurrence.resource)["id"]
        times = (occurrence.starts_at, occurrence.ends_at)
        if (resource_id, *times) != (row["resource_id"], moment(row["starts_at"]), moment(row["ends_at"])):
            arguments = {
                "reservation_id": row["id"], "resource_id": resource_id,
                "starts_at": times[0].isoformat(), "ends_at": times[1].isoformat(),
            }  # fmt: skip
            try:
                row = self._call("reschedule_reservation", **arguments)
            except APIError as error:
                cancelled = self._call("cancel_reservation", reservation_id=row["id"], reason=_GIVEN_UP)
                there.add(spelled(cancelled, self._resource_of(event)))
                return Result(
                    self._row(event, occurrence), "refused", explain(error, self._resources.zone(occurrence.resource))
                )
        if row["title"] != occurrence.title:
            self._call("update_reservation", reservation_id=row["id"], title=occurrence.title)
        there.add(spelled(row, occurrence.resource))
        return Result(self._row(event, occurrence), "created")

    def _book(self, event: Event, occurrence: Occurrence, there: Known) -> Result:
        """One that stands for itself."""
        row = self._row(event, occurrence)
        if self._foreseen:
            return next(iter(self._foreseen.bring_in([row])))
        try:
            arguments = self._describe(event, occurrence.resource, occurrence.title, is_over(occurrence)) | {
                "id": str(row.stable_id(self._tenant_id)),
                "starts_at": occurrence.starts_at.isoformat(),
                "ends_at": occurrence.ends_at.isoformat(),
                "status": occurrence.status,
            }
            made = self._call("create_reservation", **arguments)
        except APIError as error:
            return Result(row, "refused", explain(error, self._resources.zone(row.resource)))
        there.add(spelled(made, occurrence.resource))
        return Result(row, "created")

    def _describe(self, event: Event, resource: str, title: str, override: bool) -> dict[str, Any]:
        """What a reservation and a series are told alike."""
        described: dict[str, Any] = {
            "resource_id": self._resources.need(resource)["id"],
            "title": title,
            "source_module": "import",
            "source_id": event.uid,
        }
        if override:
            # History is history: only its conflicts count.
            described |= {"override": True, "reason": self._reason}
        return described

    def _series_id(self, event: Event) -> uuid.UUID:
        return uuid.uuid5(uuid.uuid5(self._tenant_id, "series"), f"id|{event.uid}")

    def _row(self, event: Event, occurrence: Occurrence) -> Row:
        """An occurrence as CSV would have it; its id is the UID, of one among several with its RECURRENCE-ID."""
        is_only = event.first and not event.recurrence
        row_id = event.uid if is_only else f"{event.uid}|{occurrence.original:%Y%m%dT%H%M%SZ}"
        starts_at, ends_at = (at.astimezone(occurrence.zone) for at in (occurrence.starts_at, occurrence.ends_at))
        return Row(event.line, occurrence.resource, occurrence.title, starts_at, ends_at, row_id)

    def _old_row(self, event: Event, row: dict[str, Any]) -> Row:
        starts_at, ends_at = (moment(row[column]).astimezone(self._zone) for column in ("starts_at", "ends_at"))
        return Row(event.line, row["resources"]["name"], row["title"], starts_at, ends_at, event.uid)

    def _resource_of(self, event: Event) -> str:
        return (event.first or event.changes[0]).resource

    def _first_row(self, event: Event) -> Row:
        first = event.first or event.changes[0]
        return self._row(event, first.apply(first.original, first.local_start))

    def _say(self, item: dict[str, Any], resource: str) -> str:
        """Why an occurrence was rejected."""
        refusal = {"message": item["code"], "details": json.dumps(item["details"]), "hint": item["hint"]}
        return explain(APIError(refusal), self._resources.zone(resource))


def in_batches(events: list[Event]) -> Iterator[list[Event]]:
    """As many at a time as have their UIDs in one address."""
    batch: list[Event] = []
    size = 0
    for event in events:
        size += 3 * len(event.uid.encode()) + 3  # at worst, with all of it escaped
        if batch and size > _ADDRESS:
            yield batch
            batch, size = [], 0
        batch.append(event)
    if batch:
        yield batch


def is_over(occurrence: Occurrence) -> bool:
    """Whether it has ended."""
    return occurrence.ends_at <= datetime.now(UTC)


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
