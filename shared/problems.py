"""How problems are documented: every route lists those that it can answer with, in one form (RFC 9457)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict


class ProblemDetails(BaseModel):
    """RFC 9457. `title` is the kind of problem, `detail` says in plain words what to do about this one."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str


PROBLEM_JSON = "application/problem+json"
ProblemShape = Callable[[Request, ProblemDetails], Response]
"""Tells a problem in another form, where a standard has its own or a person reads it."""


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {PROBLEM_JSON: {"schema": ProblemDetails.model_json_schema()}},
    }


READ_PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: _problem("The request cannot be read"),
    401: _problem("Nobody, or somebody unknown, is asking"),
    403: _problem("The caller may not do this"),
    404: _problem("Not found"),
    422: _problem("Something in the content is not right"),
    503: _problem("Not available at the moment"),
}
TOO_MANY: dict[int | str, dict[str, Any]] = {429: _problem("Too many at once; see Retry-After")}
"""What routes add that limit how much one caller may have."""
WRITE_PROBLEMS = READ_PROBLEMS | {409: _problem("Not possible as things stand; `possible` says what is")}
BODY_PROBLEMS: dict[int | str, dict[str, Any]] = {
    411: _problem("The length of the content is missing"),
    413: _problem("The content is too large"),
    415: _problem("The content is not of a form that is read here"),
}
