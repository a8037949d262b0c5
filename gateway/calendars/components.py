"""The components of an iCalendar text and their properties, each as it stands, with the line it begins in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from icalendar import vDDDTypes
from icalendar.parser import Contentline

from gateway.calendars.recurrence import CalendarError

#: What a date-time property may hold; a PERIOD has two.
Value = date | datetime | timedelta | tuple[datetime, datetime | timedelta]


class Property(NamedTuple):
    """One property; the text of its value is without escapes."""

    name: str
    parameters: dict[str, str]
    text: str

    @property
    def tzid(self) -> str | None:
        return self.parameters.get("TZID")

    def values(self) -> list[Value]:
        """The dates, times, durations and periods that it holds."""
        return [self._read(text.strip()) for text in self.text.upper().split(",") if text.strip()]

    def _read(self, text: str) -> Value:
        try:
            value: Value = vDDDTypes.from_ical(text)  # type: ignore[no-untyped-call]
        except (ValueError, OverflowError):
            raise CalendarError(f"{self.name} {text!r} is not a date or time") from None
        return value


@dataclass
class Component:
    """A component: its kind, the line that it begins in, the lines that are its own, and what is inside."""

    kind: str
    line: int
    lines: list[str] = field(default_factory=list)
    children: list["Component"] = field(default_factory=list)
    has_end: bool = True

    def all(self, name: str) -> list[Property]:
        """Its properties of this name; what else cannot be read is no matter."""
        return [read_property(line) for line in self.lines if re.match(rf"{name}\s*[;:]", line, re.IGNORECASE)]

    def has(self, name: str) -> bool:
        """Whether there is a property of this name."""
        return any(re.match(rf"{name}\s*[;:]", line, re.IGNORECASE) for line in self.lines)

    def one(self, name: str) -> Property | None:
        """Its only property of this name."""
        found = self.all(name)
        if len(found) > 1:
            raise CalendarError(f"{name} stands there twice")
        return found[0] if found else None

    def text(self, name: str) -> str:
        """The text of its first property of this name; without one, none."""
        return next((one.text.strip() for one in self.all(name)), "")


def read_property(line: str) -> Property:
    """A property out of its line, which is not folded."""
    try:
        name, parameters, text = Contentline(line).parts()  # type: ignore[no-untyped-call]
    except ValueError:
        raise CalendarError(f"{line[:60]!r} cannot be read") from None
    return Property(name.upper(), {key.upper(): str(value) for key, value in parameters.items()}, text)


def unfold(text: str) -> Iterator[tuple[int, str]]:
    """The lines, each with the number of the first of those that it was folded into."""
    begun, line = 0, ""
    for number, part in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if part[:1] in (" ", "\t") and begun:
            line += part[1:]
            continue
        if line:
            yield begun, line
        begun, line = number, part
    if line:
        yield begun, line


def read_components(text: str, kinds: set[str]) -> list[Component]:
    """The components of these kinds, however deep, in their order."""
    found: list[Component] = []
    stack: list[Component] = []

    def close(height: int) -> None:
        for unfinished in stack[height:]:
            unfinished.has_end = False
        del stack[height:]

    for number, line in unfold(text):
        mark = re.fullmatch(r"(BEGIN|END)\s*:\s*([A-Z0-9-]+)\s*", line, re.IGNORECASE)
        if not mark:
            if stack:
                stack[-1].lines.append(line)
            continue
        kind, open_kinds = mark[2].upper(), [one.kind for one in stack]
        if mark[1].upper() == "BEGIN":
            if kind == "VEVENT" and kind in open_kinds:
                close(open_kinds.index(kind))
            component = Component(kind, number)
            if stack:
                stack[-1].children.append(component)
            stack.append(component)
            if kind in kinds:
                found.append(component)
        elif kind in open_kinds:
            height = len(open_kinds) - 1 - open_kinds[::-1].index(kind)
            close(height + 1)
            stack.pop()
    close(0)
    return found
