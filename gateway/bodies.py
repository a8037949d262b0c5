"""The body of a request, read whole before anything looks at it.

What passes here is complete and within the limit, with its length known. Werkzeug by itself cuts a body without a
Content-Length at the limit, takes one that broke off for one that ended, and neither is told from the real thing later.
"""

import io
import json
from typing import Any

from flask import request
from werkzeug.sansio.utils import get_content_length

from gateway.connections import SlowRequestError
from gateway.errors import ApiError


def read(environ: dict[str, Any], limit: int) -> bytes:
    """The body; ApiError if it is too long (413), too slow (408) or broken (400)."""
    body = _read(environ, limit)
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body)) if body else ""
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return body


def json_object() -> dict[str, Any]:
    """The JSON object that the body is; 400 for anything else."""
    try:
        found = json.loads(request.get_data(cache=False), parse_constant=_refuse_constant)
        if isinstance(found, dict):
            return found
    # RecursionError: nested too deep. ValueError: no JSON, no UTF-8, or a number of too many digits.
    except (ValueError, RecursionError):
        pass
    raise ApiError(400, "invalid_argument", "Send a JSON object.")


def _refuse_constant(name: str) -> None:
    """NaN and Infinity, which Python reads, are no JSON."""
    raise ValueError(name)


def _read(environ: dict[str, Any], limit: int) -> bytes:
    length = get_content_length(environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING"))
    # Without a length, the server must know where the body ends.
    if length is None and not environ.get("wsgi.input_terminated"):
        return b""
    if length is not None and length > limit:
        raise _too_long(limit)
    try:
        body: bytes = environ["wsgi.input"].read(limit + 1 if length is None else length)
    except SlowRequestError:
        raise ApiError(408, "request_timeout", "The request took too long to arrive. Send it again.") from None
    except Exception as error:
        raise _broken() from error
    if len(body) > limit:
        raise _too_long(limit)
    if length is not None and len(body) < length:
        raise _broken()
    return body


def _too_long(limit: int) -> ApiError:
    hint = f"A body has at most {limit} bytes. Send less at a time."
    return ApiError(413, "request_entity_too_large", hint, {"limit": limit})


def _broken() -> ApiError:
    return ApiError(400, "bad_request", "The body broke off, or its chunks make no sense. Send it again.")
