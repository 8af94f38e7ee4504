"""Somebody else's reading of FHIR R4: whatever we write must be valid to `fhir.resources`, which is not ours.

It checks structure, types and cardinality and takes any string for a code, so the required codes that we use
are listed here as the specification lists them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from fhir.resources.R4B import get_fhir_model_class

Json = Mapping[str, object]

TASK_STATUSES = frozenset({
    "draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold",
    "failed", "completed", "entered-in-error",
})  # fmt: skip
REQUEST_STATUSES = frozenset(
    {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}
)
ISSUE_TYPES = frozenset({
    "invalid", "structure", "required", "value", "invariant", "security", "login", "unknown", "expired",
    "forbidden", "suppressed", "processing", "not-supported", "duplicate", "multiple-matches", "not-found",
    "deleted", "too-long", "code-invalid", "extension", "too-costly", "business-rule", "conflict",
    "transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled",
    "informational",
})  # fmt: skip
CODES: Mapping[tuple[str, str], frozenset[str]] = {
    ("Task", "status"): TASK_STATUSES,
    ("Task", "intent"): frozenset({"order"}),
    ("ServiceRequest", "status"): REQUEST_STATUSES,
    ("ServiceRequest", "intent"): frozenset({"order"}),
    ("Consent", "status"): frozenset({"active", "inactive"}),
    ("Bundle", "type"): frozenset({"searchset"}),
}


def valid(text: str | bytes) -> dict[str, object]:
    """The resource that this text is. Raises when it is not valid FHIR R4, or has an empty value anywhere."""
    resource: dict[str, object] = json.loads(text)
    kind = str(resource["resourceType"])
    get_fhir_model_class(kind).model_validate(resource)
    assert empty_values(resource) == []
    for one in resources_in(resource):
        for (of, element), codes in CODES.items():
            assert of != one["resourceType"] or one[element] in codes, f"{of}.{element}: {one[element]}"
        if one["resourceType"] == "OperationOutcome":
            issues = one["issue"]
            assert isinstance(issues, list)
            assert {issue["code"] for issue in issues} <= ISSUE_TYPES
        if one["resourceType"] == "Task":
            assert_shaped_on_gravity(one)
    return resource


def assert_shaped_on_gravity(task: Json) -> None:
    """The rules of SDOHCC Task for referral management (STU 3), transcribed from its definition."""
    assert task["intent"] == "order"
    assert codes_of(task["code"]) == ["fulfill"]
    for element in ("focus", "for", "authoredOn", "requester"):
        assert task.get(element), f"Task.{element} is required"
    assert str(at(task, "focus", "reference")).startswith("ServiceRequest/")
    assert task["status"] not in {"received", "ready"}, "Gravity leaves these out"
    if "statusReason" in task:
        assert at(task, "statusReason", "text"), "a reason is always in words"
    if task["status"] in {"rejected", "cancelled", "failed"}:
        assert "statusReason" in task


def at(value: object, *path: str | int) -> object:
    """What is found by this path; None when there is nothing."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def codes_of(concept: object) -> list[object]:
    """The codes of a concept."""
    codings = at(concept, "coding")
    return [coding.get("code") for coding in codings] if isinstance(codings, list) else []


def resources_in(resource: Json) -> Iterator[Json]:
    """The resource, and those in it when it is a bundle."""
    yield resource
    entries = resource.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        yield entry["resource"]


def entries_of(bundle: Json, kind: str) -> list[dict[str, object]]:
    """The resources of one kind that a bundle holds."""
    return [dict(one) for one in resources_in(bundle) if one["resourceType"] == kind]


def link_of(bundle: Json, relation: str) -> str | None:
    """Where another page of a bundle is."""
    links = bundle["link"]
    assert isinstance(links, list)
    return next((str(link["url"]) for link in links if link["relation"] == relation), None)


def empty_values(value: object, path: str = "") -> list[str]:
    """Where a resource has null, an empty string, list or object: FHIR knows none of them."""
    if value is None or value in ("", [], {}):
        return [path]
    if isinstance(value, dict):
        return [place for name, one in value.items() for place in empty_values(one, f"{path}.{name}")]
    if isinstance(value, list):
        return [place for index, one in enumerate(value) for place in empty_values(one, f"{path}[{index}]")]
    return []
