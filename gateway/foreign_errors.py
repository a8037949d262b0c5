"""Errors that PostgREST and PostgreSQL word themselves, in the shape of all others: a slug, details as JSON, a hint.

``code`` and the status stay as they came, since clients of PostgREST go by them. What was said, which names functions and
columns, is for developers: it stands in ``details.reason``.
"""

import json
from typing import Any

from gateway.http_client import Answer

_NOT_VALID = "Sign in again: the access token is not valid here."
EXPIRED = "The access token has expired. Sign in again."

# By PostgREST's code or PostgreSQL's SQLSTATE, the whole one or its class: a slug, and a hint.
_BY_CODE = {
    "PGRST100": ("invalid_argument", "This filter or list of columns cannot be read. Check how it is written."),
    "PGRST102": ("invalid_argument", "The body cannot be read. Send valid JSON."),
    "PGRST103": ("range_not_satisfiable", "There are fewer rows than that. Ask for an earlier page."),
    "PGRST106": ("not_acceptable", "This schema is not served. Ask for the one that is documented."),
    "PGRST107": ("unsupported_media_type", "This content type is not supported. Send JSON."),
    "PGRST116": ("not_one_row", "Exactly one row was asked for, but there are none or several."),
    "PGRST200": ("invalid_argument", "These two cannot be read together. Check the names against the documentation."),
    "PGRST201": ("invalid_argument", "These two belong together in several ways. Say which one is meant."),
    "PGRST202": ("not_found", "There is no such function with these arguments. Check them against the documentation."),
    "PGRST203": ("invalid_argument", "Several functions fit these arguments. Send all that are documented."),
    "PGRST204": ("invalid_argument", "There is no such column. Check the names against the documentation."),
    "PGRST205": ("not_found", "There is no such view. Check its name against the documentation."),
    "PGRST301": ("invalid_token", _NOT_VALID),
    "PGRST302": ("invalid_token", "Sign in first: this request needs an access token."),
    "PGRST303": ("invalid_token", _NOT_VALID),
    "22": ("invalid_argument", "A value cannot be read as what is needed here. Check how it is written."),
    "23502": ("invalid_argument", "A value is missing that this needs. Send it, too."),
    "23503": ("invalid_argument", "This refers to something that does not exist. Check the ids."),
    "23505": ("duplicate_id", "This exists already. Choose another id or name."),
    "23": (
        "invalid_argument",
        "A value is not one of those that are allowed here. Check it against the documentation.",
    ),
    "42501": ("forbidden", "You may not do this. Ask somebody who administers the bookings."),
    "42703": ("invalid_argument", "There is no such column. Check the names against the documentation."),
    "42883": ("invalid_argument", "There is no such comparison for this kind of value. Check the filter."),
    "42P01": ("not_found", "There is no such view. Check its name against the documentation."),
}
_BY_STATUS = {
    401: _BY_CODE["PGRST302"],
    403: _BY_CODE["42501"],
    404: ("not_found", "There is nothing at this path."),
    405: ("method_not_allowed", "This cannot be asked for with this method."),
    406: ("not_acceptable", "This cannot be sent in any format that you accept. Accept JSON."),
    409: ("conflict", "This does not fit what is there. Read it again before you try again."),
    415: _BY_CODE["PGRST107"],
    416: _BY_CODE["PGRST103"],
}
_OF_THE_REQUEST = ("invalid_argument", "This request cannot be understood. Check it against the documentation.")
_OF_THE_SERVER = ("internal_error", "Something went wrong here. Report it with the id of the request.")


def reword(answer: Answer) -> Answer:
    """The same answer, but for an error that is in nobody's shape but PostgREST's own."""
    if answer.status < 400 or answer.data.startswith(b'{"code":"PT'):
        return answer
    try:
        said = answer.json()
    except ValueError:
        return answer
    # Berth's own come in another order of keys, too.
    if not isinstance(said, dict) or not isinstance(said.get("code"), str) or said["code"].startswith("PT"):
        return answer
    slug, hint = _meaning(answer.status, said)
    told = {"code": said["code"], "message": slug, "details": json.dumps(_reason(said)), "hint": hint}
    headers = [(name, value) for name, value in answer.headers if name.lower() != "content-length"]
    return Answer(answer.status, headers, json.dumps(told).encode())


def _meaning(status: int, said: dict[str, Any]) -> tuple[str, str]:
    """Slug and hint."""
    code = said["code"]
    if status == 401:
        if "expired" in str(said.get("message")):
            return "token_expired", EXPIRED
        # PostgreSQL's refusal of who has shown no token is the same as that of one who may not.
        return _BY_CODE.get(code, _BY_STATUS[401]) if code.startswith("PGRST") else _BY_STATUS[401]
    return (
        _BY_CODE.get(code)
        or (_BY_CODE.get(code[:2]) if len(code) == 5 else None)
        or _BY_STATUS.get(status)
        or (_OF_THE_SERVER if status >= 500 else _OF_THE_REQUEST)
    )


def _reason(said: dict[str, Any]) -> dict[str, Any]:
    """What was said, as details have it."""
    parts = [said.get("message"), said.get("details"), said.get("hint")]
    return {"reason": " ".join(part if isinstance(part, str) else json.dumps(part) for part in parts if part)}
