"""What ``berth import`` writes: bookings and resources through the same API as everybody's, blackouts by SQL."""

import json
import uuid
from collections.abc import Hashable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from queue import SimpleQueue
from threading import Event
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import psycopg
from postgrest import SyncPostgrestClient
from postgrest.exceptions import APIError

from gateway.calendars import Occurrence
from gateway.cli.recurrence import find_recurrence
from gateway.cli.rows import ResourceRow, Row, format_span
from gateway.local import LocalError

_CLIENTS = 4  # more gain nothing: this process is as busy then as PostgREST
_BATCH = 100  # ids that fit into one address
_REFUSALS = {"reservation": "slot_taken", "blackout": "blackout"}

#: What may not differ when a row is imported again: resource, starts_at and ends_at.
Facts = dict[str, Any]


class Result(NamedTuple):
    """What became of a row: ``created``, ``already there`` or ``refused``, and in the last case why."""

    row: Row | ResourceRow
    outcome: str
    why: str = ""


@dataclass
class Taken:
    """Time of one unit, and how to say what has it."""

    unit: Hashable
    starts_at: datetime
    ends_at: datetime
    why: str


@dataclass
class Series:
    """A series that a pattern became: the occurrences it had, by start; and when it has one by its rule, once asked."""

    id: str
    resource: str
    had: dict[datetime, Facts]
    wanted: set[datetime] | None = None


@dataclass
class Seen:
    """What is there of one resource's rows, by id, from before and from this run."""

    reservations: dict[str, Facts]
    series: dict[str, Series]
    planned: list[Taken] = field(default_factory=list)


class Resources:
    """The resources of a tenant, by name."""

    def __init__(self, api: SyncPostgrestClient, timezone: ZoneInfo, dry_run: bool) -> None:
        self._api = api
        self._timezone = timezone
        self._dry_run = dry_run
        self._known: dict[str, dict[str, Any]] = {}

    def bring_in(self, rows: Iterable[ResourceRow]) -> Iterator[Result]:
        """Makes those that are missing; changes none."""
        for row in rows:
            try:
                there = self._find(row.resource)
                if there is None:
                    self._make(row.resource, row.columns)
                    yield Result(row, "created")
                    continue
            except APIError as error:
                yield Result(row, "refused", explain(error, self.zone(row.resource)))
                continue
            other = [f"{name} {there.get(name)}" for name, value in row.columns.items() if there.get(name) != value]
            if other:
                yield Result(row, "refused", f"duplicate_id: it is there with {', '.join(other)}; change that one")
            else:
                yield Result(row, "already there")

    def zone(self, name: str) -> ZoneInfo:
        """The zone that times of this resource are told in, as in the hints of the database: its own."""
        known = self._known.get(name)
        return ZoneInfo(known["timezone"]) if known else self._timezone

    def need(self, name: str) -> dict[str, Any]:
        """The resource of this name, made if there is none; in a dry run that one has no id."""
        return self._find(name) or self._make(name, {})

    def _find(self, name: str) -> dict[str, Any] | None:
        if name not in self._known:
            found: list[Any] = self._api.from_("resources").select("*").eq("name", name).limit(2).execute().data
            if len(found) > 1:
                raise LocalError(f"several resources are called {name!r}; rename all but one")
            if not found:
                return None
            self._known[name] = found[0]
        return self._known[name]

    def _make(self, name: str, columns: dict[str, str | int]) -> dict[str, Any]:
        new: dict[str, Any] = {"name": name, "timezone": self._timezone.key, **columns}
        if self._dry_run:
            self._known[name] = {"id": None, "capacity": 1, **new}
        else:
            made: list[Any] = self._api.from_("resources").insert(new).execute().data
            self._known[name] = made[0]
        return self._known[name]


class Bookings:
    """Brings bookings in as a manager of one tenant, through PostgREST."""

    def __init__(
        self, api: SyncPostgrestClient, resources: Resources, tenant_id: uuid.UUID, timezone: ZoneInfo, source: str,
        dry_run: bool,
    ) -> None:  # fmt: skip
        self._api = api
        self._resources = resources
        self._tenant_id = tenant_id
        self._timezone = timezone
        self._source = source
        self._dry_run = dry_run

    def bring_in(self, rows: Iterable[Row]) -> Iterator[Result]:
        """Several resources at a time; the rows of one in the order of the file, for the first there keeps its time."""
        results: SimpleQueue[Result | None] = SimpleQueue()
        stopped = Event()

        def work(rows: list[Row]) -> None:
            try:
                for result in self._bring_in_one_by_one(rows):
                    results.put(result)
                    if stopped.is_set():
                        return
            finally:
                results.put(None)

        with ThreadPoolExecutor(_CLIENTS) as pool:
            works = [pool.submit(work, list(group)) for _, group in by_resource(rows)]
            try:
                for _ in works:
                    yield from iter(results.get, None)
                for done in works:
                    done.result()
            finally:
                stopped.set()
                pool.shutdown(wait=False, cancel_futures=True)

    def _bring_in_one_by_one(self, rows: list[Row]) -> Iterator[Result]:
        lines = [list(line) for _, line in groupby(rows, key=lambda row: row.line)]
        try:
            seen = Seen(
                self._existing(self._id(row) for row in rows),
                self._existing_series(self._series_id(line) for line in lines if line[0].pattern),
            )
        except APIError as error:
            yield from self._refuse(rows, error)
            return
        for line in lines:
            if line[0].pattern:
                yield from self._bring_in_pattern(line, seen)
            else:
                yield from (self._bring_in_alone(row, seen) for row in line)

    def _bring_in_alone(self, row: Row, seen: Seen) -> Result:
        row_id = self._id(row)
        if row_id in seen.reservations:
            return compare(row, seen.reservations[row_id])
        try:
            result = self._foresee(row, seen.planned) if self._dry_run else self._create(row)
        except APIError as error:
            if error.message == "duplicate_id":
                # Since it was looked for.
                return compare(row, *self._existing([row_id]).values())
            return Result(row, "refused", explain(error, self._resources.zone(row.resource)))
        if result.outcome == "created":
            seen.reservations[row_id] = facts(row)
        return result

    def _bring_in_pattern(self, rows: list[Row], seen: Seen) -> Iterator[Result]:
        """Several times become a series, one a reservation."""
        series_id = self._series_id(rows)
        if series_id in seen.series:
            yield from self._compare_pattern(rows, seen.series[series_id], seen)
            return
        new = [row for row in rows if self._id(row) not in seen.reservations]
        if self._dry_run or len(new) == 1:
            results = [self._bring_in_alone(row, seen) for row in rows]
            if len(new) > 1 and any(result.outcome == "created" for result in results):
                seen.series[series_id] = Series(series_id, rows[0].resource, {}, {row.starts_at for row in new})
            yield from results
            return
        yield from (self._bring_in_alone(row, seen) for row in rows if self._id(row) in seen.reservations)
        if new:
            yield from self._bring_in_series(new, series_id, seen)

    def _bring_in_series(self, rows: list[Row], series_id: str, seen: Seen) -> Iterator[Result]:
        # An override is for all of a series; what is to come has none because some is over.
        override = all(is_over(row) for row in rows)
        try:
            answer = self._create_series(rows, series_id, override)
        except APIError as error:
            if error.message == "duplicate_id":
                # Since it was looked for.
                seen.series |= self._existing_series([series_id])
                yield from self._compare_pattern(rows, seen.series[series_id], seen)
            elif error.message == "too_many_occurrences":
                yield from (self._bring_in_alone(row, seen) for row in rows)
            else:
                yield from self._refuse(rows, error)
            return
        resource = rows[0].resource
        made = {one["starts_at"]: {"resource": resource, **one} for one in map(span, answer["created"])}
        refused = {
            span(one)["starts_at"]: say(one["code"], one["details"], one["hint"], self._resources.zone(resource))
            for one in answer["rejected"]
        }
        if made:
            seen.series[series_id] = Series(series_id, resource, made, {*made, *refused})
        for row in rows:
            if row.starts_at in refused and is_over(row) and not override:
                yield self._bring_in_alone(row, seen)
            elif row.starts_at in refused:
                yield Result(row, "refused", refused[row.starts_at])
            elif made.get(row.starts_at) == facts(row):
                yield Result(row, "created")
            else:
                yield Result(row, "refused", f"unknown_timezone: booked as the database knows {self._timezone.key}")

    def _compare_pattern(self, rows: list[Row], series: Series, seen: Seen) -> Iterator[Result]:
        """What the series was to have and never had is tried again, by itself."""
        known = [compare(row, series.had[row.starts_at]) for row in rows if row.starts_at in series.had]
        yield from known
        missing = [row for row in rows if row.starts_at not in series.had]
        is_changed = rows[0].resource != series.resource or any(result.outcome == "refused" for result in known)
        try:
            wanted = self._wanted(series) if missing and not is_changed else set()
        except APIError as error:
            yield from self._refuse(missing, error)
            return
        for row in missing:
            if row.starts_at in wanted or self._id(row) in seen.reservations:
                yield self._bring_in_alone(row, seen)
            else:
                yield compare(row)

    def _wanted(self, series: Series) -> set[datetime]:
        """When a series takes place by its rule, could it be had or not."""
        if series.wanted is None:
            found: Any = self._api.rpc("series_occurrences", {"series_id": series.id}).execute().data
            series.wanted = {datetime.fromisoformat(one["original_starts_at"]) for one in found}
        return series.wanted

    def _refuse(self, rows: list[Row], error: APIError) -> Iterator[Result]:
        why = explain(error, self._resources.zone(rows[0].resource) if rows else self._timezone)
        return (Result(row, "refused", why) for row in rows)

    def _id(self, row: Row) -> str:
        return str(row.stable_id(self._tenant_id))

    def _series_id(self, rows: list[Row]) -> str:
        """The id of the series that all times of a pattern become."""
        return str(rows[0].stable_series_id(self._tenant_id))

    def _existing(self, ids: Iterable[str]) -> dict[str, Facts]:
        """Those reservations that there are."""
        found = self._find("reservations", "id,starts_at,ends_at,resources(name)", ids)
        return {one["id"]: {"resource": one["resources"]["name"], **span(one)} for one in found}

    def _existing_series(self, ids: Iterable[str]) -> dict[str, Series]:
        """Those series that there are."""
        series = {}
        for one in self._find("series", "id,resources(name),reservations(original_starts_at,starts_at,ends_at)", ids):
            resource = one["resources"]["name"]
            had = {}
            for occurrence in one["reservations"]:
                # As it was imported: who moved it since did so on purpose.
                starts_at = datetime.fromisoformat(occurrence["original_starts_at"])
                now = span(occurrence)
                ends_at = starts_at + (now["ends_at"] - now["starts_at"])
                had[starts_at] = {"resource": resource, "starts_at": starts_at, "ends_at": ends_at}
            series[one["id"]] = Series(one["id"], resource, had)
        return series

    def _find(self, view: str, columns: str, ids: Iterable[str]) -> list[Any]:
        wanted = list(ids)
        found: list[Any] = []
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            found += self._api.from_(view).select(columns).in_("id", batch).execute().data
        return found

    def _create(self, row: Row) -> Result:
        arguments: dict[str, Any] = {
            "id": str(row.stable_id(self._tenant_id)),
            "starts_at": row.starts_at.isoformat(),
            "ends_at": row.ends_at.isoformat(),
            **self._describe(row, row.id, is_over(row)),
        }
        self._api.rpc("create_reservation", arguments).execute()
        return Result(row, "created")

    def _create_series(self, rows: list[Row], series_id: str, override: bool) -> Any:
        """Those times of a pattern that can be had, as create_series answers."""
        row = rows[0]
        recurrence = find_recurrence([row.starts_at for row in rows])
        arguments = {
            "id": series_id,
            "rrule": recurrence.rrule,
            "local_start": recurrence.local_start.isoformat(),
            "exdates": [at.isoformat() for at in recurrence.exdates],
            "rdates": [at.isoformat() for at in recurrence.rdates],
            "timezone": self._timezone.key,
            "on_conflict": "skip",
            **self._describe(row, row.pattern.id if row.pattern else row.id, override),
        }
        # As the file says it: a duration is elapsed time, an end what the clock on the wall shows.
        if row.pattern and row.pattern.has_duration:
            elapsed = row.ends_at.astimezone(UTC) - row.starts_at.astimezone(UTC)
            arguments["duration"] = f"{elapsed.total_seconds()} seconds"
        else:
            arguments["local_end"] = row.ends_at.replace(tzinfo=None).isoformat()
        return self._api.rpc("create_series", arguments).execute().data

    def _describe(self, row: Row, source_id: str | None, override: bool) -> dict[str, Any]:
        """What a reservation and a series are told alike."""
        described: dict[str, Any] = {
            "resource_id": self._resources.need(row.resource)["id"],
            "title": row.title,
            "source_module": "import",
            "source_id": source_id or f"line {row.line}",
        }
        if override:
            # History is history: only its conflicts count.
            described |= {"override": True, "reason": f"imported from {self._source}"}
        return described

    def _foresee(self, row: Row, planned: list[Taken]) -> Result:
        resource, zone = self._resources.need(row.resource), self._resources.zone(row.resource)
        busy: list[Any] = []
        if resource["id"]:
            busy = (
                self._api.from_("calendar").select("unit,kind,title,starts_at,ends_at").eq("resource_id", resource["id"])
                .lt("starts_at", row.ends_at.isoformat()).gt("ends_at", row.starts_at.isoformat())
                .order("starts_at").execute().data
            )  # fmt: skip
        taken = [Taken(one["unit"], *times(one), in_the_way(_REFUSALS[one["kind"]], one, zone)) for one in busy] + [
            other for other in planned if other.starts_at < row.ends_at and row.starts_at < other.ends_at
        ]
        # The most is taken where something begins.
        for moment in (row.starts_at, *(other.starts_at for other in taken if other.starts_at > row.starts_at)):
            at_once = [other for other in taken if other.starts_at <= moment < other.ends_at]
            if len({other.unit for other in at_once}) >= resource["capacity"]:
                return Result(row, "refused", at_once[0].why)
        why = f"slot_taken: line {row.line} is in the way, {row.describe(zone)}"
        planned.append(Taken(("planned", len(planned)), row.starts_at, row.ends_at, why))
        return Result(row, "created")


class Blackouts:
    """Brings blackouts in as a manager of one tenant, in the database itself: the API lets nobody choose their ids."""

    def __init__(
        self, connection: psycopg.Connection[Any], resources: Resources, tenant_id: uuid.UUID, user_id: uuid.UUID,
        dry_run: bool,
    ) -> None:  # fmt: skip
        self._connection = connection
        self._resources = resources
        self._tenant_id = tenant_id
        self._dry_run = dry_run
        claims = {"tenant_id": str(tenant_id), "sub": str(user_id)}
        connection.execute("select set_config('request.jwt.claims', %s, false)", (json.dumps(claims),))

    def bring_in(self, rows: Iterable[Row]) -> Iterator[Result]:
        """All of a resource in one transaction."""
        for name, group in by_resource(rows):
            try:
                resource_id = self._resources.need(name)["id"]
            except APIError as error:
                why = explain(error, self._resources.zone(name))
                yield from (Result(row, "refused", why) for row in group)
                continue
            with self._connection.transaction(force_rollback=self._dry_run):
                results = list(self._insert(list(group), resource_id))
            yield from results

    def _insert(self, rows: list[Row], resource_id: str | None) -> Iterator[Result]:
        try:
            with self._connection.transaction():
                made = self._write(rows, resource_id)
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            if len(rows) > 1:
                for row in rows:
                    yield from self._insert([row], resource_id)
            else:
                yield Result(rows[0], "refused", explain(error, self._resources.zone(rows[0].resource)))
            return
        first: dict[uuid.UUID, dict[str, Any]] = {}
        for row in rows:
            row_id = row.stable_id(self._tenant_id)
            if row_id in made and row_id not in first:
                first[row_id] = facts(row)
                yield Result(row, "created")
            else:
                yield compare(row, first.get(row_id) or self._existing(row_id))

    def _write(self, rows: list[Row], resource_id: str | None) -> set[uuid.UUID]:
        """The ids of those that were not there."""
        ids = [row.stable_id(self._tenant_id) for row in rows]
        if resource_id is None:
            return set(ids)
        made = self._connection.execute(
            "insert into booking.blackouts (tenant_id, id, resource_id, starts_at, ends_at, kind, reason)"
            " select m.tenant_id, b.id, %s, b.starts_at, b.ends_at, b.kind, b.reason"
            "   from booking.enter_tenant('manager') m,"
            "        unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[])"
            "          b (id, starts_at, ends_at, kind, reason)"
            " on conflict (tenant_id, id) do nothing returning id",
            (
                resource_id,
                ids,
                [row.starts_at for row in rows],
                [row.ends_at for row in rows],
                [row.kind for row in rows],
                [row.title for row in rows],
            ),
        )
        return {row[0] for row in made}

    def _existing(self, row_id: uuid.UUID) -> dict[str, Any]:
        found = self._connection.execute(
            "select s.name, b.starts_at, b.ends_at from booking.blackouts b"
            " join booking.resources s on s.tenant_id = b.tenant_id and s.id = b.resource_id"
            " where b.tenant_id = %s and b.id = %s",
            (self._tenant_id, row_id),
        ).fetchone()
        return dict(zip(("resource", "starts_at", "ends_at"), found or (), strict=False))


def by_resource(rows: Iterable[Row]) -> Iterator[tuple[str, Iterator[Row]]]:
    """The rows of each resource, in the order of the file."""
    return groupby(sorted(rows, key=lambda row: row.resource), key=lambda row: row.resource)


def facts(row: Row) -> Facts:
    """What may not differ when it is imported again."""
    # In UTC: Python holds no time of a repeated hour equal to one with another kind of zone.
    return {
        "resource": row.resource,
        "starts_at": row.starts_at.astimezone(UTC),
        "ends_at": row.ends_at.astimezone(UTC),
    }


def is_over(booking: Row | Occurrence) -> bool:
    """Whether it has ended."""
    return booking.ends_at <= datetime.now(UTC)


def say_changed(name: str) -> str:
    """Why a booking that was imported before stays as it is."""
    return f"duplicate_id: {name} was imported before with another time or resource; reschedule that one"


def compare(row: Row, there: Facts | None = None) -> Result:
    """A row that came before: the same, or changed since?"""
    if there == facts(row):
        return Result(row, "already there")
    return Result(row, "refused", say_changed("it" if row.id is None else f"id {row.id}"))


def times(thing: dict[str, Any]) -> tuple[datetime, datetime]:
    """When something that came as JSON is."""
    return datetime.fromisoformat(thing["starts_at"]), datetime.fromisoformat(thing["ends_at"])


def span(thing: dict[str, Any]) -> dict[str, datetime]:
    """The same, by name."""
    starts_at, ends_at = times(thing)
    return {"starts_at": starts_at, "ends_at": ends_at}


def in_the_way(code: str, thing: dict[str, Any], timezone: ZoneInfo) -> str:
    """What is in the way, for people."""
    name = thing.get("title") or thing.get("reason")
    what = repr(name) if name else f"a {thing['kind']}"
    return f"{code}: {what} is in the way, {format_span(*times(thing), timezone)}"


def explain(error: APIError | psycopg.Error, timezone: ZoneInfo) -> str:
    """A refusal for people: the slug, and what is in the way or what to do."""
    if isinstance(error, APIError):
        slug, details, hint = error.message, error.details, error.hint
    else:
        said = error.diag
        slug, details, hint = said.message_primary or str(error), said.message_detail, said.message_hint
    try:
        known = json.loads(details or "{}")
    except ValueError:
        known = None
    return say(str(slug), known, hint or details, timezone)


def say(slug: str, details: Any, hint: str | None, timezone: ZoneInfo) -> str:
    """A refusal for people, out of its parts; ``details`` are decoded."""
    known = details if isinstance(details, dict) else {}
    first = known["conflicts"][0] if known.get("conflicts") else known.get("blackout")
    return in_the_way(slug, first, timezone) if first else f"{slug}: {hint or ''}"
