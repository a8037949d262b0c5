"""A report as CSV files, for spreadsheets: what would be a formula there begins with an apostrophe."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gateway.plain import as_cell
from gateway.report.reading import Report


def write_tables(report: Report, folder: Path) -> list[Path]:
    """One file for each table; times are RFC 3339, but for buckets of resources, which begin by a clock of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _write(
            folder / "utilization.csv",
            ["resource", "kind", "bucket_start", "open_minutes", "booked_minutes", "utilization", "bookings", "no_shows"],
            ([row.resource, row.kind, row.bucket_start.isoformat(), row.open_minutes, row.booked_minutes,
              "" if row.utilization is None else round(row.utilization, 4), row.bookings, row.no_shows]
             for row in report.utilization),
        ),
        _write(
            folder / "peak_hours.csv", ["weekday", "hour", "booked_minutes", "bookings"],
            ([row.weekday, row.hour, row.booked_minutes, row.bookings] for row in report.peak_hours),
        ),
        _write(
            folder / "booking_outcomes.csv",
            ["bucket_start", "attempts", "created", "conflicts", "median_search_seconds", "outcomes"],
            ([row.bucket_start.isoformat(), row.attempts, row.created, row.conflicts, row.median_search_seconds,
              json.dumps(row.outcomes)] for row in report.outcomes),
        ),
        _write(
            folder / "pending_approvals.csv",
            ["resource", "title", "requested_by", "starts_at", "ends_at", "waiting_seconds", "is_stale"],
            ([one.resource, one.title, one.requested_by, one.starts_at.isoformat(), one.ends_at.isoformat(),
              int(one.waiting_for.total_seconds()), one.is_stale] for one in report.approvals),
        ),
    ]  # fmt: skip


def _write(path: Path, header: list[str], rows: Iterable[list[Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([as_cell(value) for value in row] for row in rows)
    return path
