"""A report as lines for a terminal."""

from collections.abc import Iterator
from datetime import timedelta

from gateway.report.reading import Report, Utilization

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_BAR = 20


def as_text(report: Report) -> Iterator[str]:
    """Its lines."""
    yield f"{report.tenant}, {report.first_day} to {report.last_day} ({report.timezone})"
    yield ""
    yield from _utilization(report)
    yield ""
    yield from _peaks(report)
    yield ""
    yield from _outcomes(report)
    yield ""
    yield from _approvals(report)


def percent(share: float | None) -> str:
    """A share for people."""
    return "-" if share is None else f"{share:.0%}"


def duration(span: timedelta) -> str:
    """A length in its largest unit."""
    for seconds, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if span >= timedelta(seconds=2 * seconds):
            return f"{span // timedelta(seconds=seconds)} {unit}"
    return f"{span // timedelta(seconds=1)} seconds"


def _utilization(report: Report) -> Iterator[str]:
    rows = report.by_resource()
    if not rows:
        yield "There are no resources."
        return
    width = min(40, max(len(row.resource) for row in rows))
    yield f"{'Utilisation':{width}}  booked h    open h  bookings  no-shows"
    for row in [*rows, report.in_all()]:
        yield _line(row, width)


def _line(row: Utilization, width: int) -> str:
    bar = "█" * min(_BAR, round((row.utilization or 0) * _BAR))
    return (
        f"{row.resource[:width]:{width}}  {row.booked_minutes / 60:8.1f}  {row.open_minutes / 60:8.1f}"
        f"  {row.bookings:8}  {row.no_shows:8}  {percent(row.utilization):>5}  {bar}"
    ).rstrip()


def _peaks(report: Report) -> Iterator[str]:
    peaks = report.peaks()[:5]
    yield "Busiest hours" if peaks else "No hour is busy."
    for one in peaks:
        yield f"  {WEEKDAYS[one.weekday - 1]} {one.hour:02}:00  {one.booked_minutes / 60:.1f} h booked"


def _outcomes(report: Report) -> Iterator[str]:
    outcomes = report.all_outcomes()
    attempts = outcomes.total()
    if not attempts:
        yield "Nobody asked for time."
        return
    conflicts = sum(row.conflicts for row in report.outcomes)
    yield (
        f"{attempts} requests: {percent(outcomes['created'] / attempts)} booked,"
        f" {percent(conflicts / attempts)} found the time taken or closed"
    )
    for outcome, count in outcomes.most_common():
        yield f"  {outcome:24}{count:6}"


def _approvals(report: Report) -> Iterator[str]:
    if not report.approvals:
        yield "Nothing waits for approval."
        return
    stale = sum(one.is_stale for one in report.approvals)
    yield f"{len(report.approvals)} wait for approval" + (f", {stale} for too long" if stale else "")
    for one in report.approvals:
        yield (
            f"  {one.resource}, {one.starts_at:%Y-%m-%d %H:%M}: {one.title or 'untitled'},"
            f" by {one.requested_by or 'nobody known'}, for {duration(one.waiting_for)}"
            + (" (stale)" if one.is_stale else "")
        )
