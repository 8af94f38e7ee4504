"""A partner's FHIR system as tests drive it: whatever comes back must be valid, refusals too."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from services.navigation.policy.fhir.terms import BSER, GRAVITY, PARAMETERS, REASONS
from tests.support.fhir import at, valid

BASE = "/fhir/R4"
FHIR_JSON = "application/fhir+json"
Resource = dict[str, object]


@dataclass(frozen=True, slots=True)
class System:
    """A system with a key. `read` and `search` expect to succeed; `ask` and `send` show what came."""

    http: httpx.AsyncClient
    authorization: Mapping[str, str]

    async def ask(self, path: str, **headers: str) -> httpx.Response:
        """Read anything, a page by its full address included."""
        address = path if path.startswith("http") else f"{BASE}/{path}"
        answer = await self.http.get(address, headers={**self.authorization, **headers})
        assert answer.headers["content-type"] == FHIR_JSON, answer.text
        valid(answer.content)
        return answer

    async def read(self, path: str) -> Resource:
        """Read or search, successfully."""
        answer = await self.ask(path)
        assert answer.status_code == 200, answer.text
        return valid(answer.content)

    async def send(self, task: Mapping[str, object], *, version: str | None = None) -> httpx.Response:
        """Update a Task from the version that it was read at, or from another."""
        read = f'W/"{at(task, "meta", "versionId")}"'
        answer = await self.http.put(
            f"{BASE}/Task/{task['id']}",
            content=json.dumps(task),
            headers={**self.authorization, "Content-Type": FHIR_JSON, "If-Match": version or read},
        )
        assert answer.headers["content-type"] == FHIR_JSON, answer.text
        valid(answer.content)
        return answer

    async def update(self, task_id: object, **changes: object) -> Resource:
        """Read a Task, change it and send it back, successfully."""
        answer = await self.send(changed(await self.read(f"Task/{task_id}"), **changes))
        assert answer.status_code == 200, answer.text
        return valid(answer.content)


def changed(task: Mapping[str, object], **changes: object) -> Resource:
    """A Task with other elements; None leaves one out."""
    sent = {**copy.deepcopy(dict(task)), **changes}
    return {name: value for name, value in sent.items() if value is not None}


def reason(text: str, code: str | None = None) -> Resource:
    """A status reason, coded or only in words."""
    coding = {"coding": [{"system": REASONS, "code": code}]} if code else {}
    return {**coding, "text": text}


def business(code: str) -> Resource:
    """A business status."""
    return {"coding": [{"system": BSER, "code": code}]}


def appointment(starts_at: str, *, remote: bool = False) -> list[Resource]:
    """A meeting as outputs."""
    start, away = (
        {"coding": [{"system": PARAMETERS, "code": f"appointment-{what}"}]} for what in ("start", "remote")
    )
    return [{"type": start, "valueDateTime": starts_at}, {"type": away, "valueBoolean": remote}]


def result(text: str) -> Resource:
    """What help was given, as an output."""
    kind = {"coding": [{"system": GRAVITY, "code": "resulting-activity"}]}
    return {"type": kind, "valueCodeableConcept": {"text": text}}


def refusal(answer: httpx.Response) -> tuple[int, str, list[str]]:
    """A refusal's status, its words, and the elements that it names."""
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome", answer.text
    errors = [issue for issue in outcome["issue"] if issue["severity"] == "error"]
    words = "; ".join(issue["details"]["text"] for issue in errors)
    return answer.status_code, words, [name for issue in errors for name in issue.get("expression", [])]


def possible(answer: httpx.Response) -> list[str]:
    """What a refusal says can be done now."""
    return [
        issue["details"]["coding"][0]["code"]
        for issue in answer.json()["issue"]
        if issue["severity"] == "information"
    ]
