"""Reads a report from the database, with the authority of one of the tenant's managers."""

import json
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import class_row

_Row = TypeVar("_Row")

MOST_DAYS = 366
_MOST_ROWS = 100_000  # of resource_utilization


@dataclass
class Utilization:
    """A resource in a bucket."""

    resource: str
    kind: str
    bucket_start: datetime
    """By the clock of the resource."""
    open_minutes: float
    booked_minutes: float
    bookings: int
    no_shows: int

    @property
    def utilization(self) -> float | None:
        return self.booked_minutes / self.open_minutes if self.open_minutes else None


@dataclass
class PeakHour:
    """An hour of the week."""

    weekday: int
    hour: int
    booked_minutes: float
    bookings: int


@dataclass
class Outcomes:
    """Requests in a bucket."""

    bucket_start: datetime
    attempts: int
    created: int
    conflicts: int
    outcomes: dict[str, int]
    median_search_seconds: float | None

    @property
    def conflict_rate(self) -> float | None:
        return self.conflicts / self.attempts if self.attempts else None


@dataclass
class Approval:
    """A request that waits."""

    resource: str
    title: str
    requested_by: str
    starts_at: datetime
    ends_at: datetime
    waiting_for: timedelta
    is_stale: bool


@dataclass
class Report:
    """All that is told; instants are local to the tenant unless said otherwise."""

    tenant: str
    timezone: str
    first_day: date
    last_day: date
    bucket: str = "day"
    utilization: list[Utilization] = field(default_factory=list)
    peak_hours: list[PeakHour] = field(default_factory=list)
    outcomes: list[Outcomes] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)

    def by_resource(self) -> list[Utilization]:
        """All buckets of a resource together, the busiest first; those that were not open last."""
        totals: dict[tuple[str, str], Utilization] = {}
        for row in self.utilization:
            one = totals.setdefault(
                (row.resource, row.kind), Utilization(row.resource, row.kind, row.bucket_start, 0, 0, 0, 0)
            )
            one.open_minutes += row.open_minutes
            one.booked_minutes += row.booked_minutes
            one.bookings += row.bookings
            one.no_shows += row.no_shows
        return sorted(totals.values(), key=lambda one: (-(one.utilization or 0), not one.open_minutes, one.resource))

    def in_all(self) -> Utilization:
        """All resources together."""
        return Utilization(
            "all", "", datetime.min,
            sum(row.open_minutes for row in self.utilization), sum(row.booked_minutes for row in self.utilization),
            sum(row.bookings for row in self.utilization), sum(row.no_shows for row in self.utilization),
        )  # fmt: skip

    def all_outcomes(self) -> Counter[str]:
        """Requests by what became of them, the most frequent refusal first."""
        total: Counter[str] = Counter()
        for row in self.outcomes:
            total.update(row.outcomes)
        return total

    def peaks(self) -> list[PeakHour]:
        """The hours of the week in which anything is booked, the busiest first."""
        return sorted((one for one in self.peak_hours if one.booked_minutes), key=lambda one: -one.booked_minutes)


def read_report(
    connection: psycopg.Connection[Any], tenant_id: uuid.UUID, manager_id: uuid.UUID, first_day: date, last_day: date
) -> Report:
    """What the manager would be told of these days, the last included."""
    with connection.transaction():
        claims = {"sub": str(manager_id), "tenant_id": str(tenant_id), "exp": int(time.time()) + 3600}
        connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(claims),))
        connection.execute("set local role authenticated")
        connection.execute("set local statement_timeout = '60s'")
        name, timezone, resources = connection.execute(
            "select name, timezone, (select count(*) from api.resources) from booking.tenants where id = %s",
            (tenant_id,),
        ).fetchone() or ("", "UTC", 0)
        zone = ZoneInfo(timezone)
        connection.execute("select set_config('timezone', %s, true)", (timezone,))
        report = Report(name, timezone, first_day, last_day, _bucket((last_day - first_day).days + 1, resources))
        window = {
            "starts_at": datetime.combine(first_day, clock(), zone),
            "ends_at": datetime.combine(last_day + timedelta(days=1), clock(), zone),
            "bucket": report.bucket,
        }
        # The buckets begin by the clock of each resource, and are shown so.
        report.utilization = _rows(
            connection, Utilization,
            "select s.name as resource, s.kind, u.bucket_start at time zone s.timezone as bucket_start, u.open_minutes,"
            "       u.booked_minutes, u.bookings, u.no_shows"
            "  from api.resource_utilization(%(starts_at)s, %(ends_at)s, %(bucket)s) u"
            "  join api.resources s on s.id = u.resource_id order by s.name, s.id, u.bucket_start", window,
        )  # fmt: skip
        report.peak_hours = _rows(
            connection, PeakHour, "select * from api.peak_hours(%(starts_at)s, %(ends_at)s)", window
        )
        report.outcomes = _rows(
            connection, Outcomes,
            "select bucket_start, attempts, created, conflicts, outcomes, median_search_seconds"
            "  from api.booking_outcomes(%(starts_at)s, %(ends_at)s, %(bucket)s)", window,
        )  # fmt: skip
        report.approvals = _rows(
            connection, Approval,
            "select s.name as resource, p.title, coalesce(m.display_name, '') as requested_by, p.starts_at, p.ends_at,"
            "       p.waiting_for, p.is_stale"
            "  from api.pending_approvals p"
            "  join api.resources s on s.id = p.resource_id"
            "  left join booking.members m on m.tenant_id = p.tenant_id and m.user_id = p.owner_id"
            " order by p.waiting_for desc, p.id", window,
        )  # fmt: skip
    return report


def _bucket(days: int, resources: int) -> str:
    """As fine as can still be read."""
    if days <= 62 and days * resources <= _MOST_ROWS:
        return "day"
    # A week more at either end, for those that are cut.
    return "week" if (days // 7 + 2) * resources <= _MOST_ROWS // 2 else "month"


def _rows(connection: psycopg.Connection[Any], row: type[_Row], query: str, arguments: dict[str, Any]) -> list[_Row]:
    with connection.cursor(row_factory=class_row(row)) as cursor:
        return cursor.execute(query, arguments).fetchall()
