"""``berth import``: bookings out of a spreadsheet, through the same API as everybody's."""

import csv
import json
import re
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import psycopg
from postgrest import SyncPostgrestClient
from postgrest.exceptions import APIError

from gateway.cli.options import database_options, resolve_database, resolve_secret
from gateway.cli.tenants import find_tenant, find_user, sign_token
from gateway.local import LocalError
from gateway.local.instance import Instance

_ISO_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.IGNORECASE)


class RowError(Exception):
    """A row that cannot be read; the message says why."""


@dataclass
class Row:
    """One booking as the file has it."""

    line: int
    resource: str
    title: str
    starts_at: datetime
    ends_at: datetime
    id: str | None

    def reservation_id(self, tenant_id: uuid.UUID) -> uuid.UUID:
        """The same row has the same id at every run, so that a second one creates nothing."""
        if self.id is None:
            key = f"{self.resource}|{self.title}|{self.starts_at.astimezone(UTC)}|{self.ends_at.astimezone(UTC)}"
        else:
            key = f"id|{self.id}"
        return uuid.uuid5(tenant_id, key)

    def __str__(self) -> str:
        return f"{self.resource} {self.starts_at:%Y-%m-%d %H:%M}–{self.ends_at:%H:%M} {self.title!r}"


def read_rows(path: Path, timezone: ZoneInfo) -> Iterator[Row | tuple[int, str]]:
    """The rows of a CSV file; for one that cannot be read, its line number and why."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = file.readline()
        file.seek(0)
        reader = csv.DictReader(file, delimiter=";" if header.count(";") > header.count(",") else ",", strict=True)
        names = {name.strip().lower() for name in reader.fieldnames or () if name}
        for wanted in ({"resource", "room"}, {"title"}, {"starts_at"}, {"ends_at", "duration"}):
            if not names & wanted:
                raise LocalError(f"{path.name} has no column {' or '.join(sorted(wanted))}")
        while True:
            line = reader.line_num + 1
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, str(error)
                continue
            try:
                yield parse_row(line, {(k or "").strip().lower(): (v or "") for k, v in record.items() if k}, timezone)
            except RowError as error:
                yield line, str(error)


def parse_row(line: int, record: dict[str, str], timezone: ZoneInfo) -> Row:
    """A row out of its cells, or a RowError."""
    cells = {name: value.strip() for name, value in record.items()}
    resource = cells.get("resource") or cells.get("room")
    if not resource:
        raise RowError("no resource")
    starts_at = parse_time(cells.get("starts_at", ""), "starts_at", timezone)
    if cells.get("ends_at"):
        ends_at = parse_time(cells["ends_at"], "ends_at", timezone)
    elif cells.get("duration"):
        # Elapsed time: added where no clock is ever changed.
        ends_at = (starts_at.astimezone(UTC) + parse_duration(cells["duration"])).astimezone(starts_at.tzinfo)
    else:
        raise RowError("neither ends_at nor duration")
    if ends_at <= starts_at:
        raise RowError(f"ends at {ends_at.isoformat()}, not after its start {starts_at.isoformat()}")
    return Row(line, resource, cells.get("title", ""), starts_at, ends_at, cells.get("id") or None)


def parse_time(text: str, column: str, timezone: ZoneInfo) -> datetime:
    """An ISO 8601 time; without an offset it is wall clock in ``timezone``."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise RowError(f"{column} {text!r} is not a time; write 2026-03-29T14:00 or 2026-03-29T14:00+01:00") from None
    if time.tzinfo is not None:
        return time
    # fold=0, the default, takes the first of a repeated hour (RFC 5545 section 3.3.5).
    local = time.replace(tzinfo=timezone)
    if local.astimezone(UTC).astimezone(timezone).replace(tzinfo=None) != time:
        raise RowError(f"{column} {text} does not occur in {timezone.key}: the clocks skip it")
    return local


def parse_duration(text: str) -> timedelta:
    """``hh:mm``, ``hh:mm:ss`` or ISO 8601's ``PT1H30M``."""
    clock = re.fullmatch(r"(\d+):([0-5]\d)(?::([0-5]\d))?", text)
    if clock:
        return timedelta(hours=int(clock[1]), minutes=int(clock[2]), seconds=int(clock[3] or 0))
    iso = _ISO_DURATION.fullmatch(text)
    if iso and any(iso.groups()):
        days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    raise RowError(f"duration {text!r} is not hh:mm or like PT1H30M")


class Importer:
    """Brings rows in as a manager of one tenant, through PostgREST."""

    def __init__(
        self, api: SyncPostgrestClient, tenant_id: uuid.UUID, timezone: ZoneInfo, source: str, dry_run: bool
    ) -> None:
        self._api = api
        self._tenant_id = tenant_id
        self._timezone = timezone
        self._source = source
        self._dry_run = dry_run
        self._resources: dict[str, str | None] = {}
        self._planned: list[Row] = []

    def bring_in(self, row: Row) -> tuple[str, str]:
        """What became of a row, ``created``, ``already there`` or ``refused``, and in the last case why."""
        try:
            resource_id = self._resource(row.resource)
            if self._dry_run:
                return self._foresee(row, resource_id)
            self._create(row, str(resource_id))
        except APIError as error:
            if error.message == "duplicate_id":
                return self._compare(row)
            return "refused", explain(error, self._timezone)
        return "created", ""

    def _resource(self, name: str) -> str | None:
        """The id of the resource of this name, made if there is none; None in a dry run."""
        if name not in self._resources:
            found: list[Any] = self._api.from_("resources").select("id").eq("name", name).limit(2).execute().data
            if len(found) > 1:
                raise LocalError(f"several resources are called {name!r}; rename all but one")
            if not found and not self._dry_run:
                new = {"name": name, "timezone": self._timezone.key}
                found = self._api.from_("resources").insert(new).execute().data
            self._resources[name] = found[0]["id"] if found else None
        return self._resources[name]

    def _create(self, row: Row, resource_id: str) -> None:
        arguments: dict[str, Any] = {
            "id": str(row.reservation_id(self._tenant_id)),
            "resource_id": resource_id,
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

    def _foresee(self, row: Row, resource_id: str | None) -> tuple[str, str]:
        if resource_id is not None:
            if self._existing(row):
                return self._compare(row)
            busy: list[Any] = (
                self._api.from_("calendar").select("title,starts_at,ends_at").eq("resource_id", resource_id)
                .lt("starts_at", row.ends_at.isoformat()).gt("ends_at", row.starts_at.isoformat())
                .order("starts_at").limit(1).execute().data
            )  # fmt: skip
            if busy:
                return "refused", in_the_way(busy, self._timezone)
        for other in self._planned:
            if other.resource == row.resource and other.starts_at < row.ends_at and row.starts_at < other.ends_at:
                return "refused", f"slot_taken: line {other.line} is in the way, {other}"
        self._planned.append(row)
        return "created", ""

    def _existing(self, row: Row) -> Any:
        reservation_id = str(row.reservation_id(self._tenant_id))
        found: list[Any] = (
            self._api.from_("reservations").select("*,resources(name)").eq("id", reservation_id).execute().data
        )
        return found[0] if found else None

    def _compare(self, row: Row) -> tuple[str, str]:
        """A row that came before: the same, or changed since?"""
        there = self._existing(row)
        if (
            there
            and there["resources"]["name"] == row.resource
            and datetime.fromisoformat(there["starts_at"]) == row.starts_at
            and datetime.fromisoformat(there["ends_at"]) == row.ends_at
        ):
            return "already there", ""
        return (
            "refused",
            f"duplicate_id: id {row.id} was imported before with another time or resource; reschedule that one",
        )


def in_the_way(conflicts: list[dict[str, Any]], timezone: ZoneInfo) -> str:
    """The first thing in the way, for people."""
    first = conflicts[0]
    start, end = (datetime.fromisoformat(first[name]).astimezone(timezone) for name in ("starts_at", "ends_at"))
    return f"slot_taken: {first.get('title')!r} is in the way, {start:%Y-%m-%d %H:%M}–{end:%H:%M}"


def explain(error: APIError, timezone: ZoneInfo) -> str:
    """A refusal for people: the slug, and what is in the way or what to do."""
    try:
        conflicts = json.loads(error.details or "{}").get("conflicts")
    except (ValueError, AttributeError):
        conflicts = None
    return in_the_way(conflicts, timezone) if conflicts else f"{error.message}: {error.hint or error.details or ''}"


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--tenant", "slug", required=True)
@click.option("--timezone", help="IANA zone of times without an offset, and of new resources; the tenant's by default.")
@click.option("--user", help="Who imports, by id or name; without it, the first manager or admin.")
@click.option("--rest-url", envvar="BERTH_REST_URL", help="PostgREST; without it, the running instance's.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
@database_options
def import_bookings(
    file: Path, slug: str, timezone: str | None, user: str | None, rest_url: str | None, dry_run: bool,
    database_url: str | None, data_dir: Path,
) -> None:  # fmt: skip
    """Import bookings from a CSV file.

    Its columns: resource (or room), title, starts_at, ends_at or duration, and perhaps id. Missing
    resources are made. Running it again creates nothing. Exit 1 when a row was refused or unreadable.
    """
    with psycopg.connect(resolve_database(database_url, data_dir)) as connection:
        tenant_id = find_tenant(connection, slug)
        row = connection.execute("select timezone from booking.tenants where id = %s", (tenant_id,)).fetchone()
        zone_name = timezone or (row[0] if row else "UTC")
        user_id = find_user(connection, tenant_id, user) if user else _first_manager(connection, tenant_id, slug)
    try:
        zone = ZoneInfo(zone_name)
    except (KeyError, ValueError):
        raise LocalError(f"{zone_name} is not an IANA time zone; one is written like Europe/Berlin") from None
    token = sign_token(resolve_secret(data_dir), tenant_id, user_id, ttl_seconds=24 * 3600)
    url = rest_url or Instance.require(data_dir).rest_url
    try:
        rows = list(read_rows(file, zone))
    except UnicodeDecodeError:
        raise LocalError(f"{file.name} is not UTF-8; save it as 'CSV UTF-8'") from None

    outcomes: Counter[str] = Counter()
    troubles: list[str] = []
    with SyncPostgrestClient(url, schema="api", headers={"Authorization": f"Bearer {token}"}) as api:
        importer = Importer(api, tenant_id, zone, file.name, dry_run)
        with click.progressbar(rows, label=f"Importing {file.name}", file=sys.stderr) as progress:
            for item in progress:
                if isinstance(item, Row):
                    outcome, why = importer.bring_in(item)
                    if why:
                        troubles.append(f"line {item.line}: {outcome}: {item}: {why}")
                else:
                    outcome = "unreadable"
                    troubles.append(f"line {item[0]}: unreadable: {item[1]}")
                outcomes[outcome] += 1
    for trouble in troubles:
        click.echo(trouble)
    click.echo(
        f"{outcomes['created']} {'would be created' if dry_run else 'created'}, "
        f"{outcomes['already there']} already there, "
        f"{outcomes['refused']} refused, {outcomes['unreadable']} unreadable"
    )
    sys.exit(1 if troubles else 0)


def _first_manager(connection: psycopg.Connection[Any], tenant_id: uuid.UUID, slug: str) -> uuid.UUID:
    row = connection.execute(
        "select user_id from booking.members where tenant_id = %s and role >= 'manager'"
        " order by role, created_at limit 1",
        (tenant_id,),
    ).fetchone()
    if row is None:
        raise LocalError(f"tenant {slug} has no manager to import as; add one with 'berth member add'")
    return uuid.UUID(str(row[0]))
