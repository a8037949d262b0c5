"""For browsers on other origins, any of which may ask: tokens authorise, never cookies."""

from typing import Any

from werkzeug.datastructures import Headers

_EXPOSED = "Idempotency-Replayed, Retry-After, X-Request-Id"


def allow(environ: dict[str, Any], answered: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers of an answer, with what is missing; PostgREST has said its own."""
    if "HTTP_ORIGIN" not in environ:
        return answered
    headers = Headers(answered)
    if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
        headers.setdefault("Access-Control-Allow-Methods", headers.get("Allow", ""))
        if asked := environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS"):
            headers.setdefault("Access-Control-Allow-Headers", asked)
        headers.setdefault("Access-Control-Max-Age", "86400")
    else:
        said = headers.get("Access-Control-Expose-Headers")
        headers["Access-Control-Expose-Headers"] = f"{said}, {_EXPOSED}" if said else _EXPOSED
    headers.setdefault("Access-Control-Allow-Origin", "*")
    return headers.to_wsgi_list()
