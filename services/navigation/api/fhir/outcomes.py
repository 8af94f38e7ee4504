"""How refusals read in FHIR: the same words as everywhere, as an OperationOutcome."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.navigation.model.fhir import CodeableConcept, Coding, Issue, OperationOutcome
from services.navigation.model.referrals import MoveName
from services.navigation.policy.fhir import terms
from services.navigation.policy.fhir.updating import HOW
from shared.errors import Problem
from shared.problems import ProblemDetails

FHIR_JSON = "application/fhir+json"

_CODES = {
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    409: "business-rule",
    411: "required",
    412: "conflict",
    413: "too-long",
    415: "not-supported",
    422: "business-rule",
    429: "throttled",
    500: "exception",
    503: "transient",
}
"""The issue type that goes with a status; any other is `invalid`."""

_WHY = {
    400: "The request cannot be read, or asks for what cannot be searched by",
    401: "Nobody, or somebody unknown, is asking",
    403: "The key may not do this",
    404: "There is no such thing, or it was not sent to you",
    409: "It does not fit any more; the outcome says what is possible now",
    411: "The length of the content is missing",
    412: "It has changed since the version named in If-Match; the outcome says what is possible now",
    413: "The content is too large",
    415: "The content is not JSON",
    422: "An element is not right, or not yours to change; the outcome names it",
    503: "Not available at the moment",
}
_INDEX = re.compile(r"\.(\d+)")


class FhirJson(JSONResponse):
    """A resource as an answer, written as FHIR writes it already."""

    media_type = FHIR_JSON

    def render(self, content: str) -> bytes:
        """Send it as it is."""
        return content.encode()


class Stale(Problem):
    """It has changed since the caller last read it."""

    status = 412
    title = "It has changed since you read it"


class _Fault(BaseModel):
    """One thing that is wrong with the content."""

    field: str
    problem: str


class _Members(BaseModel):
    """What may go along with a problem."""

    model_config = ConfigDict(extra="ignore")

    errors: list[_Fault] = Field(default_factory=list)
    possible: list[str] = Field(default_factory=list)
    expression: list[str] = Field(default_factory=list)


def outcome_of(_request: Request, problem: ProblemDetails) -> Response:
    """A problem as FHIR tells it: what is wrong, where, and what can be done instead."""
    try:
        members = _Members.model_validate(problem.model_extra or {})
    except ValidationError:
        members = _Members()
    code = _CODES.get(problem.status, "invalid")
    faults = members.errors or [_Fault(field="", problem=problem.detail)]
    expressions = [(_element(fault.field),) if fault.field else tuple(members.expression) for fault in faults]
    issues = [
        Issue(
            severity="error",
            code="structure" if fault.field else code,
            details=CodeableConcept(text=fault.problem),
            expression=expression or None,
        )
        for fault, expression in zip(faults, expressions, strict=True)
    ]
    outcome = OperationOutcome(issue=(*issues, *_possible(members.possible)))
    return FhirJson(outcome.to_json(), problem.status)


def _element(field: str) -> str:
    """Where in the Task that was sent: nothing else is sent here."""
    return "Task" if field == "body" else "Task." + _INDEX.sub(r"[\1]", field)


def _possible(names: Iterable[str]) -> list[Issue]:
    """One piece of information for each thing that can be done now: its name, and how it is done here."""
    ways = {move.value: how for move, how in HOW.items()}
    return [
        Issue(
            severity="information",
            code="informational",
            details=CodeableConcept(
                coding=(Coding(system=terms.ANSWERS, code=name),),
                text=f"Possible now: {name}" + (f" ({ways[name]})" if name in ways else ""),
            ),
        )
        for name in names
    ]


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How a route documents what it refuses with."""
    return {status: {"model": OperationOutcome, "description": _WHY[status]} for status in statuses}


READ_REFUSALS = refusals(400, 401, 403, 404, 422, 503)
OPEN_REFUSALS = refusals(400, 404, 422, 503)
WRITE_REFUSALS = READ_REFUSALS | refusals(409, 411, 412, 413, 415)


def not_possible(possible: Iterable[MoveName]) -> Stale:
    """Say that somebody else was quicker, and what can be done now."""
    return Stale(
        "It has changed since you read it; please read it again, and decide on what it says now.",
        possible=[move.value for move in possible],
    )
