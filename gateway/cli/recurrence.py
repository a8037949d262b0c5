"""The rule behind the times of a weekly pattern, as ``create_series`` takes it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import gcd

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass
class Recurrence:
    """What ``rrule`` yields without ``exdates``, or where it is None, ``rdates`` alone; all of them local times."""

    local_start: datetime
    rrule: str | None = None
    exdates: list[datetime] = field(default_factory=list)
    rdates: list[datetime] = field(default_factory=list)


def find_recurrence(starts: list[datetime]) -> Recurrence:
    """Every n-th week on the same days, n as large as can be, unless it would take as many exdates as there are starts.

    ``starts`` ascend, and are at one time of day by the clock on the wall of their zone.
    """
    local = [start.replace(tzinfo=None) for start in starts]
    first, last = local[0], local[-1]
    weekdays = sorted({start.weekday() for start in local})
    monday = first - timedelta(days=first.weekday())
    interval = gcd(*((start - monday).days // 7 for start in local)) or 1
    by_day = ",".join(_DAYS[weekday] for weekday in weekdays)
    # A COUNT would count exdates too, and no time that the clocks skip.
    rrule = f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={by_day};UNTIL={starts[-1].astimezone(UTC):%Y%m%dT%H%M%SZ}"
    days = (first + timedelta(days=day) for day in range((last - first).days + 1))
    yielded = [day for day in days if day.weekday() in weekdays and (day - monday).days // 7 % interval == 0]
    exdates = sorted(set(yielded) - set(local))
    if len(exdates) < len(local):
        return Recurrence(first, rrule, exdates=exdates)
    return Recurrence(first, rdates=local)
