"""The components of an iCalendar file and their properties, each as it stands, with the line it begins in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple, Optional

from icalendar import vDDDTypes
from icalendar.parser import Contentline

from gateway.calendars.recurrence import CalendarError

#: What a date-time property may hold; a PERIOD has two.
Value = date | datetime | timedelta | tuple[datetime, datetime | timedelta]

#: Bytes that are not UTF-8, as Python's surrogateescape keeps them. No UTF-8 is read as these.
_WRONG_BYTES = re.compile("[\udc80-\udcff]+")


class Property(NamedTuple):
    """One property; the text of its value is without escapes, its line has them."""

    name: str
    parameters: dict[str, str]
    text: str
    line: str

    @property
    def tzid(self) -> str | None:
        return self.parameters.get("TZID", "").strip() or None

    def values(self) -> list[Value]:
        """The dates, times, durations and periods that it holds."""
        return [self._read(text.strip()) for text in self.text.upper().split(",") if text.strip()]

    def texts(self) -> list[str]:
        """The texts of a list; a comma that is escaped separates none."""
        raw = Contentline(self.line).raw_parts()[2]  # type: ignore[no-untyped-call]
        parts = re.findall(r"(?:\\.|[^\\,])+", raw)
        return [text for part in parts if (text := read_property(f"X:{part}").text.strip())]

    def _read(self, text: str) -> Value:
        try:
            value: Value = vDDDTypes.from_ical(text)  # type: ignore[no-untyped-call]
        except (ValueError, OverflowError):
            raise CalendarError(f"{self.name} {text!r} is not a date or time") from None
        return value


@dataclass
class Component:
    """A component: its kind, the line that it begins in, the lines that are its own, and what it is in and has in it."""

    kind: str
    line: int
    parent: Optional["Component"] = None
    lines: list[str] = field(default_factory=list)
    children: list["Component"] = field(default_factory=list)
    has_end: bool = True

    @property
    def calendar(self) -> Optional["Component"]:
        """The VCALENDAR that it is in; a file may have several."""
        above = self.parent
        while above and above.kind != "VCALENDAR":
            above = above.parent
        return above

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

    def readable_text(self, name: str) -> str:
        """The same; none also where it cannot be read."""
        try:
            return self.text(name)
        except CalendarError:
            return ""


class Contents(NamedTuple):
    """What a file has: its components, however deep, in their order, and the lines with bytes that are not UTF-8."""

    components: list[Component]
    wrong_lines: list[int]


def read_property(line: str) -> Property:
    """A property out of its line, which is not folded."""
    try:
        name, parameters, text = Contentline(line).parts()  # type: ignore[no-untyped-call]
    except ValueError:
        raise CalendarError(f"{show_wrong_bytes(line[:60])!r} cannot be read") from None
    return Property(name.upper(), {key.upper(): str(value) for key, value in parameters.items()}, text, line)


def has_wrong_bytes(text: str) -> bool:
    """Whether some of it was not UTF-8."""
    return bool(_WRONG_BYTES.search(text))


def show_wrong_bytes(text: str) -> str:
    """The text with Unicode's replacement character for what was not UTF-8."""
    return _WRONG_BYTES.sub("\ufffd", text)


def unfold(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines, each with the number of the first of those that it was folded into.

    Of bytes: a line may be folded inside a character (RFC 5545 3.1).
    """
    begun, line = 0, b""
    for number, part in enumerate(re.split(rb"\r\n|\n|\r", data), 1):
        if part[:1] in (b" ", b"\t") and begun:
            line += part[1:]
            continue
        if line:
            yield begun, line
        begun, line = number, part
    if line:
        yield begun, line


def read_components(data: bytes) -> Contents:
    """The components of a file."""
    found: list[Component] = []
    wrong: list[int] = []
    stack: list[Component] = []

    def close(height: int) -> None:
        for unfinished in stack[height:]:
            unfinished.has_end = False
        del stack[height:]

    for number, content in unfold(data):
        line = content.decode(errors="surrogateescape")
        if has_wrong_bytes(line):
            wrong.append(number)
        mark = re.fullmatch(r"(BEGIN|END)\s*:\s*([A-Z0-9-]+)\s*", line, re.IGNORECASE)
        if not mark:
            if stack:
                stack[-1].lines.append(line)
            continue
        kind, open_kinds = mark[2].upper(), [one.kind for one in stack]
        if mark[1].upper() == "BEGIN":
            if kind == "VEVENT" and kind in open_kinds:
                close(open_kinds.index(kind))
            component = Component(kind, number, stack[-1] if stack else None)
            if stack:
                stack[-1].children.append(component)
            stack.append(component)
            found.append(component)
        elif kind in open_kinds:
            height = len(open_kinds) - 1 - open_kinds[::-1].index(kind)
            close(height + 1)
            stack.pop()
    close(0)
    return Contents(found, wrong)
