"""``/v1/calendars/<token>.ics``: what other programs subscribe to. The token is the secret: it is in no log."""

import re
from datetime import datetime

from flask import Response, request
from flask_openapi3 import APIBlueprint

from gateway.calendars import write_calendar
from gateway.database import Database
from gateway.errors import ApiError
from gateway.openapi import Asked, described_blueprint, refusals

_TOKEN = re.compile(r"[A-Za-z0-9_-]{86}")


class Address(Asked):
    """What is secret of a feed's address."""

    token: str


def create_blueprint(database: Database) -> APIBlueprint:
    """The route ``/v1/calendars/<token>.ics``."""
    blueprint = described_blueprint("feeds", __name__, "Calendars for other programs to subscribe to.")
    calendar = {
        "description": "The calendar, by RFC 5545.",
        "content": {"text/calendar": {"schema": {"type": "string"}}},
    }
    unchanged = {"description": "It is as If-None-Match knows it."}

    @blueprint.get("/v1/calendars/<token>.ics", responses={"200": calendar, "304": unchanged, **refusals(404, 503)})
    def feed(path: Address) -> Response:
        """A resource's reservations, or a member's own, as they are now."""
        shown = None
        if _TOKEN.fullmatch(path.token):
            with database.connection() as connection:
                row = connection.execute("select booking.read_calendar_feed(%s)", (path.token,)).fetchone()
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
