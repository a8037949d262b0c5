"""iCalendar (RFC 5545): what VEVENTs mean as reservations and series, and a calendar of those. Nothing here does I/O."""

from gateway.calendars.reading import Cancellation, Change, Event, Problem, is_calendar, read_calendar
from gateway.calendars.recurrence import CalendarError, Expand, Occurrence, Recurrence, Time, Version
from gateway.calendars.writing import write_calendar

__all__ = [
    "CalendarError",
    "Cancellation",
    "Change",
    "Event",
    "Expand",
    "Occurrence",
    "Problem",
    "Recurrence",
    "Time",
    "Version",
    "is_calendar",
    "read_calendar",
    "write_calendar",
]
