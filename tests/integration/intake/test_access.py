"""Who may call what, what the documentation promises, and what never leaves in logs or addresses."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from services.intake.__main__ import SERVICE
from shared.ids import new_id
from tests.integration.intake.conftest import Intake, somebody
from tests.integration.intake.test_consents import granted
from tests.integration.intake.test_conversation import stated

APP: FastAPI = SERVICE.app()
ROUTES = [
    (method, route.path)
    for router in SERVICE.routes
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
]
LOOKS = [("POST", "/clients/search"), ("POST", "/clients/duplicates")]
WRITES = [route for route in ROUTES if route[0] != "GET" and route not in LOOKS]
READS = [route for route in ROUTES if route not in WRITES]
SUPERVISED = [route for route in WRITES if route[1].rsplit("/", 1)[-1] in {"merge", "split", "someone-else"}]
"""What supervisors do as well, though they write nothing else down."""
IMPORTS = [route for route in ROUTES if route[1].startswith("/imports")]
NOBODY = {name: new_id() for name in ("client_id", "consent_id", "barrier_id", "import_id")} | {"line": 2}


async def status_for(intake: Intake, route: tuple[str, str], *, signed_in: bool = True) -> int:
    method, path = route
    address = path.format(**NOBODY)
    headers = {"Idempotency-Key": str(new_id())}
    if signed_in:
        headers |= {"Authorization": intake.authorization}
    answer = await intake.http.request(method, address, headers=headers, json={"name": "x"})
    return answer.status_code


async def test_nobody_gets_in_without_signing_in(intake: Intake) -> None:
    assert {await status_for(intake, route, signed_in=False) for route in ROUTES} == {401}


async def test_every_route_lets_in_exactly_those_it_is_for(intake: Intake) -> None:
    allowed = {
        "intake": ROUTES,
        "case_manager": [route for route in ROUTES if route not in IMPORTS],
        "supervisor": [route for route in ROUTES if route in {*READS, *SUPERVISED, *IMPORTS}],
        "admin": [route for route in READS if route not in IMPORTS],
        "directory_editor": [],
        "partner": [],
        "anything": [],
    }
    for role, open_to_them in allowed.items():
        shut_out = [route for route in ROUTES if await status_for(intake.as_(role), route) == 403]
        assert shut_out == [route for route in ROUTES if route not in open_to_them], role


async def test_every_command_asks_for_an_idempotency_key(intake: Intake) -> None:
    document = APP.openapi()
    for method, path in WRITES:
        address = path.format(**NOBODY)
        example = next(iter(_examples(document, document["paths"][path][method.lower()])), None)
        form = {"Content-Type": "text/csv"} if path == "/imports" else {}

        answer = await intake.http.request(
            method, address, json=example, headers={"Authorization": intake.authorization} | form
        )

        assert answer.status_code == 400
        assert "Idempotency-Key" in answer.json()["detail"]


async def test_the_examples_in_the_documentation_are_accepted(intake: Intake) -> None:
    document = APP.openapi()
    client_id = await intake.registered(full_name="Tom Okafor")
    barrier_id = await stated(intake, client_id)
    consent_id = await granted(intake, client_id)
    tried = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for example in _examples(document, operation):
                known = {"client_id": client_id, "barrier_id": barrier_id, "consent_id": consent_id}
                address = path.format(**NOBODY | known)
                answer = await intake.http.request(
                    method,
                    address,
                    json=example,
                    headers={"Authorization": intake.authorization, "Idempotency-Key": str(new_id())},
                )
                # The other client or the import of an example is nobody's here; the rest of it is accepted.
                others = path.endswith(("/merge", "/someone-else", "/decision"))
                expected = {404} if others else {409} if path.endswith("/split") else {200, 201}
                assert answer.status_code in expected, (path, answer.text)
                tried += 1

    without = [("POST", "/imports"), ("POST", "/imports/{import_id}/run")]
    assert tried == len(WRITES) + len(LOOKS) - len(without)


def test_every_route_says_what_it_is_for() -> None:
    for method, path in ROUTES:
        operation = APP.openapi()["paths"][path][method.lower()]
        assert operation["summary"]
        assert len(operation["description"]) > 20


async def test_no_name_and_no_words_reach_the_logs(intake: Intake, capfd: pytest.CaptureFixture[str]) -> None:
    client_id = await intake.registered(born_on="1991-03-14")
    await intake.post("/clients", somebody(born_on="1991-03-14"))
    await intake.post("/clients", somebody(full_name="Amina Diallo", time_zone="Amina/Diallo"))
    await intake.post("/clients/search", {"name": "Amina"})
    await stated(intake, client_id, words="Amina cannot sleep")
    await intake.get(f"/clients/{client_id}")

    written = "".join(capfd.readouterr())

    assert written.count("request_answered") >= 6
    assert "Amina" not in written
    assert "sleep" not in written
    assert str(client_id) not in written
    assert "+44" not in written


def _examples(document: dict[str, object], operation: dict[str, object]) -> list[dict[str, object]]:
    body = operation.get("requestBody")
    if not isinstance(body, dict):
        return []
    if "application/json" not in body["content"]:
        return []
    reference = body["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
    components = document["components"]
    assert isinstance(components, dict)
    examples: list[dict[str, object]] = components["schemas"][reference]["examples"]
    return examples


def test_identifiers_are_the_only_things_in_addresses() -> None:
    parameters = {part for _, path in ROUTES for part in path.split("/") if part.startswith("{")}

    assert parameters == {"{client_id}", "{consent_id}", "{barrier_id}", "{import_id}", "{line}"}
