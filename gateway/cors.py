"""For browsers on other origins, any of which may ask: tokens authorise, never cookies."""

from flask import Flask, Response, request

_EXPOSED = "Idempotency-Replayed, Retry-After, X-Request-Id"


def init_app(app: Flask) -> None:
    """Adds what is missing; PostgREST has said its own."""

    @app.after_request
    def allow(response: Response) -> Response:
        if "Origin" not in request.headers:
            return response
        headers = response.headers
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            headers.setdefault("Access-Control-Allow-Methods", headers.get("Allow", ""))
            if asked := request.headers.get("Access-Control-Request-Headers"):
                headers.setdefault("Access-Control-Allow-Headers", asked)
            headers.setdefault("Access-Control-Max-Age", "86400")
        else:
            said = headers.get("Access-Control-Expose-Headers")
            headers["Access-Control-Expose-Headers"] = f"{said}, {_EXPOSED}" if said else _EXPOSED
        headers.setdefault("Access-Control-Allow-Origin", "*")
        return response
