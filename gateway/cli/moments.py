"""Dates and times of day as spreadsheets write them: by day or month first, by name of the month, or as Excel's numbers."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal, NamedTuple

#: Which number of 03/04/2026 is the day.
Order = Literal["day", "month"]

_CLOCK = r"\d{1,2}[:h][0-5]\d(?::[0-5]\d)?(?:\s*[ap]\.?m\.?)?|\d{1,2}\s*[ap]\.?m\.?"
_CLOCK_PARTS = re.compile(r"(\d{1,2})(?:[:h](\d\d))?(?::(\d\d))?\s*(?:([ap])\.?m\.?)?", re.IGNORECASE)
_FRACTION = r"0(?:[.,]\d+)?"
_DAY_AND_CLOCK = re.compile(
    rf"(?:(?P<day>.*[^\s,])[\sT,]+)?(?:(?P<clock>{_CLOCK})|(?P<fraction>{_FRACTION}))", re.IGNORECASE
)
#: Excel counts days from here; five digits are 1927 to 2173, so that neither a year nor 20260329 is taken for one.
_FIRST_DAY = date(1899, 12, 30)
_SERIAL = re.compile(r"([1-9]\d{4})(?:[.,](\d+))?")
_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d\d)")
_FORMATS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%d %B %Y", "%d. %B %Y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y",
)  # fmt: skip
_DAY = timedelta(days=1)
_LONGEST = 60


class MomentError(ValueError):
    """A text that is no date or time, or could be several; the message says so where there is more to say than that."""


class Moment(NamedTuple):
    """What a text says of a time: its day, the time since midnight, its offset from UTC; None is what it does not say."""

    day: date | None
    clock: timedelta | None = None
    offset: tzinfo | None = None


def read_moment(text: str, order: Order | None) -> Moment:
    """What a text says, in ISO 8601 or as a spreadsheet writes it."""
    if len(text) > _LONGEST:
        raise MomentError("")
    try:
        return Moment(date.fromisoformat(text))
    except ValueError:
        pass
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        return Moment(time.date(), time.replace(tzinfo=None) - datetime.combine(time, datetime.min.time()), time.tzinfo)
    serial = _SERIAL.fullmatch(text)
    if serial:
        return Moment(_FIRST_DAY + timedelta(days=int(serial[1])), _read_fraction(serial[2]) if serial[2] else None)
    found = _DAY_AND_CLOCK.fullmatch(text)
    if not found:
        return Moment(_read_day(text, order))
    clock = read_clock(found["clock"]) if found["clock"] else _read_fraction(found["fraction"][2:])
    return join(read_moment(found["day"], order), Moment(None, clock)) if found["day"] else Moment(None, clock)


def join(day: Moment, clock: Moment) -> Moment:
    """A day and a time of day out of columns of their own."""
    # Programs write the day with a midnight that means nothing.
    if day.day is None or day.clock or day.offset or clock.day not in (None, day.day):
        raise MomentError("")
    return Moment(day.day, clock.clock, clock.offset)


def read_clock(text: str) -> timedelta:
    """A time of day, up to 24:00: 09:30, 9:30:00, 9:30 PM, 9pm, 9h30."""
    found = _CLOCK_PARTS.fullmatch(text) if re.fullmatch(_CLOCK, text, re.IGNORECASE) else None
    if not found:
        raise MomentError("")
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[:3])
    if found[4]:
        if not 1 <= hours <= 12:
            raise MomentError("")
        hours = hours % 12 + (12 if found[4].lower() == "p" else 0)
    since = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if since > _DAY:
        raise MomentError("")
    return since


def find_order(texts: Iterable[str]) -> Order | None:
    """Which number is the day, as long as some date of a file can be read in one order only and none in the other only."""
    orders: set[Order] = set()
    for text in texts:
        found = _NUMBERS.match(text)
        if found and found[2] != "." and len(found[4]) == 4 and (int(found[1]) > 12) != (int(found[3]) > 12):
            orders.add("day" if int(found[1]) > 12 else "month")
    return orders.pop() if len(orders) == 1 else None


def _read_day(text: str, order: Order | None) -> date:
    found = _NUMBERS.fullmatch(text)
    if found:
        return _read_numbers(found, order)
    for written in _FORMATS:
        try:
            return datetime.strptime(text, written).date()
        except ValueError:
            continue
    raise MomentError("")


def _read_numbers(found: re.Match[str], order: Order | None) -> date:
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if len(found[4]) == 2:
        # 26/03/29 may begin with the year.
        if order is None:
            raise MomentError("has a year of two digits; say --day-first or --month-first")
        year += 2000
    if order is None and found[2] == ".":
        order = "day"  # nobody writes the month first with full stops
    if order is None and first <= 12 and second <= 12 and first != second:
        raise MomentError("may be of two days; say --day-first or --month-first")
    day, month = (second, first) if order == "month" or (order is None and second > 12) else (first, second)
    try:
        return date(year, month, day)
    except ValueError:
        raise MomentError("") from None


def _read_fraction(digits: str) -> timedelta:
    """Excel's part of a day: the minute, or else the second, that is written so with as many digits."""
    fraction = float(f"0.{digits or 0}")
    if fraction * 288 == int(fraction * 288):
        return _DAY * fraction  # on five minutes: 0.375 is 9:00 with nothing lost
    margin = max(0.5 / 10 ** len(digits), 1e-9)  # a number of Excel's has 15 digits
    for parts in (1440, 86400):
        count = round(fraction * parts)
        # With a larger margin several would fit.
        if abs(fraction - count / parts) <= margin < 0.5 / parts:
            return _DAY * count / parts
    raise MomentError("has lost digits of its time; show more decimals in the spreadsheet")


def kind_of(text: str) -> str:
    """Whether a text is a ``day`` (a midnight may be part of it), a ``clock``, ``both`` or neither."""
    orders: tuple[Order, ...] = ("day", "month")
    for order in orders:
        try:
            moment = read_moment(text, order)
        except MomentError:
            continue
        return "clock" if moment.day is None else "both" if moment.clock else "day"
    return ""
