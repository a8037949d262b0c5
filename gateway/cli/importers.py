"""What ``berth import`` writes: bookings and resources through the same API as everybody's, blackouts by SQL."""

import json
import uuid
from collections.abc import Hashable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from queue import SimpleQueue
from threading import Event
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import psycopg
from postgrest import SyncPostgrestClient
from postgrest.exceptions import APIError

from gateway.cli.rows import ResourceRow, Row
from gateway.local import LocalError

_CLIENTS = 4  # more gain nothing: this process is as busy then as PostgREST
_BATCH = 100  # ids that fit into one address
_REFUSALS = {"reservation": "slot_taken", "blackout": "blackout"}


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
                yield Result(row, "refused", explain(error, self._timezone))
                continue
            other = [f"{name} {there.get(name)}" for name, value in row.columns.items() if there.get(name) != value]
            if other:
                yield Result(row, "refused", f"duplicate_id: it is there with {', '.join(other)}; change that one")
            else:
                yield Result(row, "already there")

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
        there: dict[str, dict[str, Any]] = {}
        planned: list[Taken] = []
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            try:
                there |= self._existing(batch)
            except APIError as error:
                why = explain(error, self._timezone)
                yield from (Result(row, "refused", why) for row in batch)
                continue
            for row in batch:
                row_id = str(row.stable_id(self._tenant_id))
                try:
                    if row_id in there:
                        yield compare(row, there[row_id])
                        continue
                    result = self._foresee(row, planned) if self._dry_run else self._create(row)
                    if result.outcome == "created":
                        there[row_id] = facts(row)
                    yield result
                except APIError as error:
                    if error.message == "duplicate_id":
                        # Since it was looked for.
                        yield compare(row, *self._existing([row]).values())
                    else:
                        yield Result(row, "refused", explain(error, self._timezone))

    def _existing(self, rows: list[Row]) -> dict[str, dict[str, Any]]:
        ids = [str(row.stable_id(self._tenant_id)) for row in rows]
        found: list[Any] = (
            self._api.from_("reservations").select("id,starts_at,ends_at,resources(name)").in_("id", ids).execute().data
        )
        return {
            one["id"]: {
                "resource": one["resources"]["name"],
                "starts_at": datetime.fromisoformat(one["starts_at"]),
                "ends_at": datetime.fromisoformat(one["ends_at"]),
            }
            for one in found
        }

    def _create(self, row: Row) -> Result:
        arguments: dict[str, Any] = {
            "id": str(row.stable_id(self._tenant_id)),
            "resource_id": self._resources.need(row.resource)["id"],
            "starts_at": row.starts_at.isoformat(),
            "ends_at": row.ends_at.isoformat(),
            "title": row.title,
            "source_module": "import",
            "source_id": row.id or f"line {row.line}",
        }
        if row.ends_at <= datetime.now(UTC):
            # History is history: only its conflicts count.
            arguments |= {"override": True, "reason": f"imported from {self._source}"}
        self._api.rpc("create_reservation", arguments).execute()
        return Result(row, "created")

    def _foresee(self, row: Row, planned: list[Taken]) -> Result:
        resource = self._resources.need(row.resource)
        busy: list[Any] = []
        if resource["id"]:
            busy = (
                self._api.from_("calendar").select("unit,kind,title,starts_at,ends_at").eq("resource_id", resource["id"])
                .lt("starts_at", row.ends_at.isoformat()).gt("ends_at", row.starts_at.isoformat())
                .order("starts_at").execute().data
            )  # fmt: skip
        taken = [
            Taken(one["unit"], *times(one), in_the_way(_REFUSALS[one["kind"]], one, self._timezone)) for one in busy
        ] + [other for other in planned if other.starts_at < row.ends_at and row.starts_at < other.ends_at]
        # The most is taken where something begins.
        for moment in (row.starts_at, *(other.starts_at for other in taken if other.starts_at > row.starts_at)):
            at_once = [other for other in taken if other.starts_at <= moment < other.ends_at]
            if len({other.unit for other in at_once}) >= resource["capacity"]:
                return Result(row, "refused", at_once[0].why)
        why = f"slot_taken: line {row.line} is in the way, {row}"
        planned.append(Taken(("planned", len(planned)), row.starts_at, row.ends_at, why))
        return Result(row, "created")


class Blackouts:
    """Brings blackouts in as a manager of one tenant, in the database itself: the API lets nobody choose their ids."""

    def __init__(
        self, connection: psycopg.Connection[Any], resources: Resources, tenant_id: uuid.UUID, user_id: uuid.UUID,
        timezone: ZoneInfo, dry_run: bool,
    ) -> None:  # fmt: skip
        self._connection = connection
        self._resources = resources
        self._tenant_id = tenant_id
        self._timezone = timezone
        self._dry_run = dry_run
        claims = {"tenant_id": str(tenant_id), "sub": str(user_id)}
        connection.execute("select set_config('request.jwt.claims', %s, false)", (json.dumps(claims),))

    def bring_in(self, rows: Iterable[Row]) -> Iterator[Result]:
        """All of a resource in one transaction."""
        for name, group in by_resource(rows):
            try:
                resource_id = self._resources.need(name)["id"]
            except APIError as error:
                why = explain(error, self._timezone)
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
                yield Result(rows[0], "refused", explain(error, self._timezone))
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


def facts(row: Row) -> dict[str, Any]:
    """What may not differ when it is imported again."""
    return {"resource": row.resource, "starts_at": row.starts_at, "ends_at": row.ends_at}


def compare(row: Row, there: dict[str, Any] | None = None) -> Result:
    """A row that came before: the same, or changed since?"""
    if there == facts(row):
        return Result(row, "already there")
    name = "it" if row.id is None else f"id {row.id}"
    why = f"duplicate_id: {name} was imported before with another time or resource; reschedule that one"
    return Result(row, "refused", why)


def times(thing: dict[str, Any]) -> tuple[datetime, datetime]:
    """When something that came as JSON is."""
    return datetime.fromisoformat(thing["starts_at"]), datetime.fromisoformat(thing["ends_at"])


def in_the_way(code: str, thing: dict[str, Any], timezone: ZoneInfo) -> str:
    """What is in the way, for people."""
    start, end = (time.astimezone(timezone) for time in times(thing))
    name = thing.get("title") or thing.get("reason") or thing["kind"]
    return f"{code}: {name!r} is in the way, {start:%Y-%m-%d %H:%M}–{end:%H:%M}"


def explain(error: APIError | psycopg.Error, timezone: ZoneInfo) -> str:
    """A refusal for people: the slug, and what is in the way or what to do."""
    if isinstance(error, APIError):
        slug, details, hint = error.message, error.details, error.hint
    else:
        said = error.diag
        slug, details, hint = said.message_primary or str(error), said.message_detail, said.message_hint
    try:
        known = json.loads(details or "{}")
        first = known["conflicts"][0] if known.get("conflicts") else known.get("blackout")
    except (ValueError, AttributeError):
        first = None
    return in_the_way(str(slug), first, timezone) if first else f"{slug}: {hint or details or ''}"
