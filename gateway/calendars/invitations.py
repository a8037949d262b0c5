"""Reservations as iTIP (RFC 5546) sends them by mail: REQUEST and CANCEL of one, PUBLISH of several."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Calendar, vCalAddress
from icalendar import Event as Vevent

from gateway.calendars.writing import Text, finish, in_zone
from gateway.plain import one_line


class Party(NamedTuple):
    """Who invites, or is invited."""

    name: str
    email: str

    def address(self) -> vCalAddress:
        address = vCalAddress(f"mailto:{self.email}")
        # A quote is the one character that a parameter cannot hold.
        address.params["CN"] = one_line(self.name or self.email).replace('"', "'")
        return address


def write_invitation(
    reservations: Sequence[dict[str, Any]], resources: dict[str, dict[str, Any]], organizer: Party, attendee: Party,
    *, cancelled: bool,
) -> tuple[str, bytes]:  # fmt: skip
    """The METHOD and the text: of rows of ``reservations``, which take place or no more, and their resources by id."""
    method = "PUBLISH" if len(reservations) > 1 else "CANCEL" if cancelled else "REQUEST"
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Berth//Berth//EN")
    calendar.add("method", method)
    years: set[int] = set()
    for row in reservations:
        resource = resources[row["resource_id"]]
        zone = ZoneInfo(resource["timezone"])
        starts_at, ends_at = (
            datetime.fromisoformat(row[column]).astimezone(UTC) for column in ("starts_at", "ends_at")
        )
        event = Vevent()
        # As in feeds and exports, so that a program which has both has it once.
        event.add("uid", row["id"])
        event.add("sequence", row["version"])
        event.add("dtstamp", datetime.fromisoformat(row["updated_at"]).astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", in_zone(starts_at, zone))
        event.add("dtend", in_zone(ends_at, zone))
        event.add("summary", Text(row["title"] or resource["name"]))
        event.add("location", Text(one_line(resource["name"])))
        event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
        event.add("organizer", organizer.address())
        if method != "PUBLISH":  # which has no attendees (RFC 5546 3.2.1)
            invited = attendee.address()
            invited.params["PARTSTAT"] = "ACCEPTED"
            event.add("attendee", invited)
        calendar.add_component(event)
        years |= {starts_at.year, ends_at.year}
    return method, finish(calendar, years)
