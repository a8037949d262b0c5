"""iCalendar (RFC 5545): what VEVENTs mean as reservations and series, and a calendar of those. Nothing here does I/O."""

from gateway.calendars.reading import Change, Event, Problem, is_calendar, read_calendar
from gateway.calendars.recurrence import CalendarError, Occurrence, Recurrence
from gateway.calendars.writing import write_calendar

__all__ = [
    "CalendarError",
    "Change",
    "Event",
    "Occurrence",
    "Problem",
    "Recurrence",
    "is_calendar",
    "read_calendar",
    "write_calendar",
]
