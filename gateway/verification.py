"""``/v1/email/verify``: where the link in a mail leads whose address is to be verified.

The link itself shows a button and changes nothing, since programs that look through mails follow links. Pages are for
people; the token is in no log.
"""

import html
import re

from flask import Response
from flask_openapi3 import APIBlueprint
from pydantic import Field

from gateway.database import Database
from gateway.openapi import Asked, described_blueprint, refusals

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    # The address of the page is a secret.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


_TOKEN = re.compile(r"[A-Za-z0-9_-]{86}")


class Token(Asked):
    """What is secret of the link."""

    token: str = Field("", max_length=200)


def create_blueprint(database: Database) -> APIBlueprint:
    """The page behind the link, and what its button does."""
    blueprint = described_blueprint("verification", __name__, "Whether an e-mail address is its member's.")
    page = {"description": "A page for people.", "content": {"text/html": {"schema": {"type": "string"}}}}

    @blueprint.get("/v1/email/verify", responses={"200": page, **refusals(400)})
    def ask(query: Token) -> Response:
        """A page with a button; the link may be followed any number of times."""
        token = html.escape(query.token)
        form = (
            f'<form method="post" action="verify"><input type="hidden" name="token" value="{token}">'
            "<button>Yes, this address is mine</button></form>"
        )
        return _page("Is this e-mail address yours?", form)

    @blueprint.post("/v1/email/verify", responses={"200": page, "404": page, **refusals(400, 413, 503)})
    def verify(form: Token) -> Response:
        """Verifies the address, once."""
        is_verified = False
        if _TOKEN.fullmatch(form.token):
            with database.connection() as connection:
                row = connection.execute("select booking.verify_email(%s)", (form.token,)).fetchone()
                is_verified = bool(row and row[0])
        if is_verified:
            return _page("Thank you", "<p>Your address is verified. You may close this page.</p>")
        told = "<p>It was used before, or is older than a day. Ask for another one in your profile.</p>"
        return _page("This link does not work any more", told, 404)

    return blueprint


def _page(title: str, body: str, status: int = 200) -> Response:
    text = _PAGE.format(title=title, body=body)
    return Response(text, status, _HEADERS, content_type="text/html; charset=utf-8")
