"""``/v1/calendars/<token>.ics``: what other programs subscribe to. The token is the secret: it is in no log."""

import re
from datetime import datetime

from flask import Blueprint, Response, request

from gateway.calendars import write_calendar
from gateway.database import Database
from gateway.errors import ApiError

_TOKEN = re.compile(r"[A-Za-z0-9_-]{86}")


def create_blueprint(database: Database) -> Blueprint:
    """The route ``/v1/calendars/<token>.ics``."""
    blueprint = Blueprint("feeds", __name__)

    @blueprint.get("/v1/calendars/<token>.ics")
    def feed(token: str) -> Response:
        shown = None
        if _TOKEN.fullmatch(token):
            with database.connection() as connection:
                row = connection.execute("select booking.read_calendar_feed(%s)", (token,)).fetchone()
                shown = row and row[0]
        if not shown:
            raise ApiError(
                404, "not_found", "There is no such calendar, or no longer; ask its owner for a new address."
            )
        response = Response(
            write_calendar(shown["name"], shown["resources"], shown["reservations"], []),
            content_type="text/calendar; charset=utf-8",
        )
        # Whoever has it asks again each time; 304 is by the contents alone, which a lost right changes and no time tells.
        response.headers["Cache-Control"] = "private, no-cache"
        response.add_etag()
        response.make_conditional(request)
        response.last_modified = datetime.fromisoformat(shown["updated_at"])
        return response

    return blueprint
