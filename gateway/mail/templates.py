"""What mails say: the words that come with Berth, or the tenant's own, with what they are about filled in."""

from datetime import datetime
from string import Template
from typing import Any
from zoneinfo import ZoneInfo

#: Subject and body by kind; booking.is_mail_template() knows the names.
DEFAULTS = {
    "confirmed": ("Confirmed: $title", "Hello $name,\n\nyour reservation of $resource is confirmed:\n\n$times"),
    "pending": (
        "Waits for approval: $title",
        "Hello $name,\n\nyour request for $resource waits for approval; the time is not yours before:\n\n$times",
    ),
    "changed": (
        "Changed: $title",
        "Hello $name,\n\nyour reservation has changed. It is now $resource:\n\n$times\n\nIt was:\n\n$before",
    ),
    "cancelled": (
        "Cancelled: $title",
        "Hello $name,\n\nyour reservation of $resource is cancelled. $reason\n\n$times",
    ),
    "rejected": ("Declined: $title", "Hello $name,\n\nyour request for $resource is declined. $reason\n\n$times"),
    "displaced": (
        "No longer held: $title",
        "Hello $name,\n\na request of higher priority has taken the time that was held for you of $resource:\n\n$times",
    ),
    "offered": (
        "Free for you: $title",
        "Hello $name,\n\nwhat you wait for is free, and held for you until $until. Accept it by then, or it goes to the"
        " next.\n\n$resource:\n\n$times",
    ),
    "verification": (
        "Is this address yours? ($tenant)",
        "Hello,\n\nthis address was given in a profile at $tenant. If it was you, open this page and press its button,"
        " until $until:\n\n$link\n\nIf it was not, do nothing: you get no other mail from there.\n",
    ),
}
_FOOT = "\n\nReference: $reference\n$tenant mails you since you agreed to it in your profile, where you can end it.\n"

#: As booking.is_mail_template() knows them.
_NAMES = ("name", "tenant", "resource", "title", "times", "before", "until", "reason", "reference", "link")
_MOST_TIMES = 60


def write_text(mail: dict[str, Any]) -> tuple[str, str]:
    """Subject and body of a mail as booking.take_mails() describes it."""
    subject, body = DEFAULTS[mail["kind"]]
    if mail["kind"] == "verification":
        # To somebody who may have nothing to do with it: nothing that a member could have written.
        until = _clock(mail["until"], ZoneInfo(mail["timezone"])) + f" ({mail['timezone']})"
        words = dict.fromkeys(_NAMES, "") | {"tenant": mail["tenant"], "link": mail["link"], "until": until}
        return _filled(mail["subject"] or subject, words), _filled(mail["body"] or body, words)
    rows = [item["reservation"] for item in mail["items"]]
    before = [{**item["reservation"], **item["previous"]} for item in mail["items"]]
    resources = {row["resource_id"]: mail["resources"][row["resource_id"]]["name"] for row in rows}
    until = rows[0]["expires_at"]
    words = {
        "name": mail["name"] or mail["email"],
        "tenant": mail["tenant"],
        "resource": ", ".join(resources.values()),
        "title": rows[0]["title"] or ", ".join(resources.values()),
        "times": _list_times(rows, mail["resources"]),
        "before": _list_times(before, mail["resources"]),
        "until": _clock(until, ZoneInfo(mail["resources"][rows[0]["resource_id"]]["timezone"])) if until else "",
        "reason": mail["reason"] or "",
        "reference": rows[0]["id"],
        "link": "",
    }
    return _filled(mail["subject"] or subject, words), _filled(mail["body"] or body + _FOOT, words)


def _filled(template: str, words: dict[str, str]) -> str:
    # What a name is replaced by is not looked at again, so that no title can say more than itself.
    return Template(template).safe_substitute(words)


def _list_times(rows: list[dict[str, Any]], resources: dict[str, Any]) -> str:
    several = len({row["resource_id"] for row in rows}) > 1
    lines = []
    for row in rows[:_MOST_TIMES]:
        resource = resources[row["resource_id"]]
        zone = ZoneInfo(resource["timezone"])
        start, end = (datetime.fromisoformat(row[column]).astimezone(zone) for column in ("starts_at", "ends_at"))
        until = f"{end:%H:%M}" if start.date() == end.date() else _clock(row["ends_at"], zone)
        lines.append(
            f"{_clock(row['starts_at'], zone)} to {until} ({zone.key})" + (f", {resource['name']}" if several else "")
        )
    if len(rows) > _MOST_TIMES:
        lines.append(f"and {len(rows) - _MOST_TIMES} more")
    return "\n".join(lines)


def _clock(at: str, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(at).astimezone(zone):%a %d %b %Y, %H:%M}"
