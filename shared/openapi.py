"""The OpenAPI document of a service: what FastAPI writes of the routes, and what a reader needs besides."""

from __future__ import annotations

import inspect
from typing import Any, TypeAlias

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

Json: TypeAlias = dict[str, Any]

OPERATIONS = "operations"
_ABOUT_OPERATIONS = "How the process is, for those who look after it."
KEY_HEADER = "Idempotency-Key"


def operation_id(route: APIRoute) -> str:
    """Name an operation as its function is named; the name is what generated code calls it."""
    return route.name


OPTIONS: Json = {
    "contact": {"name": "The maintainers of the installation that you use"},
    "license_info": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "servers": [{"url": "/", "description": "The service that gave you this document"}],
    "generate_unique_id_function": operation_id,
}
"""What every app of ours is made with for the sake of its document."""


def complete(app: FastAPI) -> None:
    """Let an app's document say, beside what FastAPI writes, what each tag is about and what is required."""
    written = app.openapi

    def openapi() -> Json:
        if app.openapi_schema is None:
            document = written()
            document["tags"] = _tags(app)
            for operations in document["paths"].values():
                for operation in operations.values():
                    _require_key(operation)
        return written()

    # FastAPI's own way to change a document.
    app.openapi = openapi  # type: ignore[method-assign]


def _tags(app: FastAPI) -> list[Json]:
    """Every tag, with what the module that first uses it says about itself."""
    about = {OPERATIONS: _ABOUT_OPERATIONS}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and route.include_in_schema:
            says = inspect.getdoc(inspect.getmodule(route.endpoint)) or ""
            for tag in route.tags:
                about.setdefault(str(tag), says.partition("\n\n")[0].replace("\n", " "))
    return [{"name": name, "description": says} for name, says in about.items()]


def _require_key(operation: Json) -> None:
    # The code takes a missing one, to say in plain words what it is for.
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == KEY_HEADER:
            parameter["required"] = True
            parameter["schema"] = {"type": "string", "minLength": 1, "maxLength": 200}
