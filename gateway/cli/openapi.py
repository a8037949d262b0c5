"""``berth openapi``: the whole API, PostgREST's part too, as one OpenAPI 3.1 document."""

import json
import re
from pathlib import Path
from typing import Any

import click

from gateway.catalogue import Argument, Catalogue, Column, Function, Type, View, read_catalogue
from gateway.cli.options import connect_database, database_options
from gateway.cli.output import say_text

Schema = dict[str, Any]

_BY_TYPE: dict[str, Schema] = {
    "int4": {"type": "integer"},
    "int8": {"type": "integer"},
    "numeric": {"type": "number"},
    "bool": {"type": "boolean"},
    "jsonb": {},
    "uuid": {"type": "string", "format": "uuid"},
    "timestamptz": {"type": "string", "format": "date-time"},
    "timestamp": {"type": "string", "description": "Local time, like 2035-06-04T18:00."},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "description": "Local time, like 08:00."},
    "interval": {"type": "string", "description": "PostgreSQL's or ISO 8601's: 90 minutes, PT1H30M."},
}

_PAGE: list[Schema] = [
    {"name": name, "in": "header", "schema": {"type": "string"}, "description": text}
    for name, text in (("Range", "Which rows, from 0 on: 0-24."), ("Range-Unit", "items"))
]

# "409 slot_taken (details.conflicts), duplicate_id; 422 of the rules."; "Errors are approve_reservation's, of the first".
_REFUSALS = re.compile(r"(?<![\w-])(?P<status>4\d\d) (?P<text>(?:\([^)]*\)|[^;.()]|\.(?=\w))+)")
_SAME_AS = re.compile(r"Errors are (?P<function>\w+)'s")
_SLUG = re.compile(r"[a-z]+(?:_[a-z]+)*(?= for | if | from |$)")


@click.command()
@database_options
def openapi(database_url: str | None, data_dir: Path) -> None:
    """Print the whole API as an OpenAPI 3.1 document: every view and function, with what functions refuse."""
    # Here, since most commands have no use for Flask.
    from gateway import create_app
    from gateway.settings import Settings

    with connect_database(database_url, data_dir) as connection:
        catalogue = read_catalogue(connection)
    # What the gateway says of itself depends on no setting.
    description = dict(create_app(Settings()).api_doc)
    say_text(json.dumps(with_catalogue(description, catalogue), indent=2, ensure_ascii=False))


def with_catalogue(description: Schema, catalogue: Catalogue) -> Schema:
    """The gateway's description, with each view and function where it says only ``/rest/v1/{path}``."""
    generic = description["paths"]["/rest/v1/{path}"]
    relations = [*catalogue.views.values(), *catalogue.composites.values()]
    components = description["components"]
    return {
        **description,
        "tags": [
            *description["tags"],
            {"name": "functions", "description": "What changes things, and asks about them."},
            {"name": "views", "description": "What there is, to whom the token belongs; with all of PostgREST's filters."},
        ],
        "paths": {
            **{path: item for path, item in description["paths"].items() if path != "/rest/v1/{path}"},
            "/rest/v1/": {"get": _own_description(generic["get"])},
            **{f"/rest/v1/rpc/{name}": _function(name, catalogue, generic) for name in catalogue.functions},
            **{f"/rest/v1/{name}": _view(view, generic) for name, view in catalogue.views.items()},
        },
        "components": {
            **components,
            "responses": {status: answer for status, answer in generic["post"]["responses"].items() if status[0] in "45"},
            "schemas": {**components["schemas"], **{relation.name: _row(relation, catalogue) for relation in relations}},
        },
    }  # fmt: skip


def refusals_of(name: str, catalogue: Catalogue) -> dict[str, str]:
    """What a function's comment says it refuses, by status."""
    comment = catalogue.functions[name].comment
    own = {match["status"]: match["text"].strip() for match in _REFUSALS.finditer(comment)}
    others = [refusals_of(match["function"], catalogue) for match in _SAME_AS.finditer(comment)]
    refusals = {status: text for some in (*others, own) for status, text in some.items()}
    if refusals.get("422") == "of the rules":
        refusals["422"] = refusals_of("create_reservation", catalogue)["422"]
    return refusals


def slugs_in(refusal: str) -> list[str]:
    """The slugs among the words of a refusal."""
    without_remarks = re.sub(r"\s*\([^)]*\)", "", refusal.removeprefix("of the rules: "))
    parts = (part.removeprefix("and ").strip() for part in re.split(", | and ", without_remarks))
    return [match[0] for part in parts if (match := _SLUG.match(part))]


def _own_description(generic: Schema) -> Schema:
    done = {"description": "OpenAPI 2.", "content": {"application/openapi+json": {"schema": {"type": "object"}}}}
    return {
        "tags": ["views"],
        "summary": "PostgREST's own description, of what the token may use",
        "operationId": "get_description",
        "security": generic["security"],
        "responses": {"200": done, **_errors(generic)},
    }


def _function(name: str, catalogue: Catalogue, generic: Schema) -> Schema:
    call = _call(name, catalogue, generic["post"])
    if not catalogue.functions[name].is_stable:
        return {"post": call}
    # What changes nothing can be read, too, which HTTP may cache.
    body = call["requestBody"]["content"]["application/json"]["schema"]
    arguments = [
        {"name": one.name, "in": "query", "required": not one.is_optional, "schema": _in_query(one, body["properties"])}
        for one in catalogue.functions[name].arguments
    ]
    read = {key: value for key, value in call.items() if key != "requestBody"}
    return {
        "get": {**read, "operationId": f"get_{name}", "parameters": [*arguments, *_header(generic["get"], "Prefer")]},
        "post": call,
    }


def _in_query(argument: Argument, schemas: Schema) -> Schema:
    if argument.type.is_array:
        return {"type": "string", "description": "An array as PostgreSQL writes it: {a,b}."}
    if argument.type.name == "jsonb":
        return {"type": "string", "description": "JSON."}
    schema: Schema = schemas[argument.name]
    return schema


def _call(name: str, catalogue: Catalogue, generic: Schema) -> Schema:
    function = catalogue.functions[name]
    arguments = {one.name: _argument(one) for one in function.arguments}
    required = [one.name for one in function.arguments if not one.is_optional]
    body: Schema = {"type": "object", "properties": arguments, "additionalProperties": False}
    if required:
        body["required"] = required
    refused = {
        status: {
            "description": f"{text}.",
            "content": _json(
                {
                    "$ref": "#/components/schemas/Error",
                    "properties": {"message": {"type": "string", "examples": slugs_in(text)}},
                }
            ),
        }
        for status, text in refusals_of(name, catalogue).items()
    }
    answer = {"description": "What it found." if function.is_stable else "Done.", "content": _json(_answer(function))}
    return {
        "tags": ["functions"],
        "summary": re.split(r"(?<=[^.])[.:;] ", function.comment)[0].removesuffix("."),
        "description": function.comment,
        "operationId": name,
        "security": generic["security"],
        "parameters": [] if function.is_stable else _header(generic, "Idempotency-Key"),
        "requestBody": {"required": bool(required), "content": _json(body)},
        "responses": dict(sorted({**_errors(generic), **refused, "200": answer}.items())),
    }


def _errors(operation: Schema) -> Schema:
    """Its errors, which are written down once for all operations."""
    return {
        status: {"$ref": f"#/components/responses/{status}"} for status in operation["responses"] if status[0] in "45"
    }


def _view(view: View, generic: Schema) -> Schema:
    row = {"$ref": f"#/components/schemas/{view.name}"}
    about = {"tags": ["views"], "description": view.comment or "", "security": generic["get"]["security"]}
    filters: list[Schema] = [
        {"name": name, "in": "query", "schema": {"type": "string"}, "description": text}
        for name, text in (
            ("select", "Columns, and those of related views: *,resources(name)."),
            ("order", "Columns: starts_at.desc."),
            ("limit", "How many at most."),
            ("offset", "After how many."),
        )
    ]
    filters += [
        {
            "name": column.name,
            "in": "query",
            "schema": {"type": "string"},
            "description": "A filter, like eq.1 or gte.now.",
        }
        for column in view.columns
    ]

    def operation(method: str, verb: str, **parts: Any) -> Schema:
        done = {status: answer for status, answer in generic[method]["responses"].items() if status[0] == "2"}
        done["200"] = {"description": "The rows.", "content": _json({"type": "array", "items": row})}
        responses = {**done, **_errors(generic[method])}
        return {
            **about,
            "summary": f"{verb} {view.name}",
            "operationId": f"{method}_{view.name}",
            "responses": responses,
            **parts,
        }

    prefer = _header(generic["get"], "Prefer")
    operations = {"get": operation("get", "Read", parameters=[*prefer, *_PAGE, *filters])}
    if view.is_writable:
        body = {"content": _json({**row, "required": []})}
        operations["post"] = operation(
            "post", "Add to", parameters=[*prefer, *_header(generic["post"], "Idempotency-Key"), filters[0]],
            requestBody={"content": _json({"oneOf": [row, {"type": "array", "items": row}]})},
        )  # fmt: skip
        operations["patch"] = operation("patch", "Change", parameters=[*prefer, *filters], requestBody=body)
        operations["delete"] = operation("delete", "Delete from", parameters=[*prefer, *filters])
    return operations


def _header(generic: Schema, name: str) -> list[Schema]:
    return [parameter for parameter in generic["parameters"] if parameter["name"] == name]


def _row(relation: View, catalogue: Catalogue) -> Schema:
    return {
        "type": "object",
        "description": relation.comment or "",
        "properties": {column.name: _column(column, catalogue) for column in relation.columns},
    }


def _column(column: Column, catalogue: Catalogue) -> Schema:
    schema = _schema(column.type)
    if column.type.kind == "e":
        schema = {"type": "string", "enum": list(catalogue.enums[column.type.name].values)}
        if column.type.is_array:
            schema = {"type": "array", "items": schema}
    if column.is_nullable:
        schema = _or_null(schema)
    return {**schema, "description": column.comment} if column.comment else schema


def _argument(argument: Argument) -> Schema:
    schema = _schema(argument.type)
    if not argument.is_optional:
        return schema
    return _or_null(schema) if argument.default is None else {**schema, "default": argument.default}


def _answer(function: Function) -> Schema:
    if function.columns:
        row: Schema = {
            "type": "object",
            "properties": {one.name: _or_null(_schema(one.type)) for one in function.columns},
        }
    else:
        row = _schema(function.returns)
    return {"type": "array", "items": row} if function.returns_set else row


def _schema(of: Type) -> Schema:
    if of.kind == "c":
        schema: Schema = {"$ref": f"#/components/schemas/{of.name}"}
    else:
        schema = dict(_BY_TYPE.get(of.name, {"type": "string"}))
    return {"type": "array", "items": schema} if of.is_array else schema


def _or_null(schema: Schema) -> Schema:
    null = {"type": [schema["type"], "null"]} if "type" in schema else {}
    values = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, **null, **values}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}
