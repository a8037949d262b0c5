"""``/openapi``: what the gateway's routes are asked and answer, as OpenAPI 3.1 and as a page that needs no internet.

A module describes its routes where it defines them: its blueprint comes from ``described_blueprint``, a view's arguments
``query``, ``path``, ``header``, ``form`` or ``body`` are pydantic models, and ``responses`` names what it answers, with
``refusals`` for errors. ``create_app`` registers it with ``app.register_api``. A view of plain Flask works too, undescribed.
"""

from functools import cache
from http import HTTPStatus
from typing import Any

import flask
from flask import Response, request
from flask_openapi3 import APIBlueprint, Info, OpenAPI, Tag
from pydantic import BaseModel, Field, ValidationError

from gateway.errors import ApiError

Responses = dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None]

BEARER: list[dict[str, list[str]]] = [{"bearer": []}]
"""For ``security`` of routes that want a token."""


class Asked(BaseModel):
    """A part of a request. Its schema is made once: flask_openapi3 asks for it at every request, and to make it costs
    more than all else that a request does here.
    """

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The schema; without arguments, the one that was made at the first call."""
        return super().model_json_schema(*args, **kwargs) if args or kwargs else _schema(cls)


@cache
def _schema(model: type[Asked]) -> dict[str, Any]:
    return super(Asked, model).model_json_schema()


class Error(BaseModel):
    """Every error has this shape."""

    code: str = Field(description="PostgREST's or PostgreSQL's; of a refusal of Berth's, PT and the status.")
    message: str = Field(description="A stable slug to decide by.")
    details: str | None = Field(description="What a program needs to know; of a refusal of Berth's, a JSON object.")
    hint: str | None = Field(description="One sentence for people, with the way out.")


_MEANING = {
    400: "The request makes no sense; the hint says what does not.",
    401: "The token is missing, expired or not ours.",
    403: "Not with this token, or not in this role.",
    404: "Not there, or not for you to see.",
    405: "Not with this method.",
    406: "Not as what was asked for.",
    408: "The request took too long to arrive.",
    409: "It is in the way, or no longer as you thought.",
    410: "What came after the cursor is kept no longer.",
    413: "The body is too long.",
    415: "The body is not of a type that is understood.",
    416: "There are no such rows.",
    422: "A rule forbids it.",
    429: "Too many requests; Retry-After says for how many seconds to wait.",
    500: "A fault; report it with the X-Request-Id.",
    502: "The answer was lost: a write may have been done.",
    503: "Not now; Retry-After says when to ask again.",
    504: "No answer came in time: a write may have been done.",
}


def refusals(*statuses: int) -> Responses:
    """The errors of these statuses, for ``responses``."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {str(status): {"description": _MEANING[status], "content": content} for status in statuses}


def described_blueprint(name: str, import_name: str, about: str) -> APIBlueprint:
    """A blueprint whose routes are described, under its name and what it is about."""
    tag = Tag(name=name, description=about)
    return APIBlueprint(name, import_name, abp_tags=[tag], abp_responses=refusals(429, 500))


def create_described_app(import_name: str) -> OpenAPI:
    """An application that describes itself."""
    app = OpenAPI(
        import_name,
        static_folder=None,
        info=Info(
            title="Berth",
            version="1",
            description="Reservations that cannot overlap: PostgREST, retries that are safe, and the log of events.",
        ),
        security_schemes={"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        responses=refusals(500),
        # Routes that read arguments say for themselves that they answer 400; this only keeps the library from adding
        # its own answer to every route, for all describe their 500.
        validation_error_status=500,
        validation_error_model=Error,
        validation_error_callback=_refuse_arguments,
    )
    # Swagger UI, without the badge for which it would ask a server of its makers.
    app.config["SWAGGER_CONFIG"] = {"validatorUrl": None}
    page = app.view_functions["swagger.swagger"]

    def page_or_description() -> Any:
        kinds = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
        return page() if kinds == "text/html" else app.api_doc

    app.view_functions["openapi.openapi"] = page_or_description
    return app


def _refuse_arguments(error: ValidationError) -> Response:
    """Pydantic's first complaint, in our shape."""
    first = error.errors()[0]
    argument = ".".join(map(str, first["loc"]))
    return flask.make_response(
        ApiError(400, "invalid_argument", f"{argument}: {first['msg']}.", {"argument": argument}).response()
    )
