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
WRITES = [route for route in ROUTES if route[0] != "GET" and route != ("POST", "/clients/search")]
READS = [route for route in ROUTES if route not in WRITES]


async def status_for(intake: Intake, route: tuple[str, str], *, signed_in: bool = True) -> int:
    method, path = route
    address = path.format(client_id=new_id(), consent_id=new_id(), barrier_id=new_id())
    headers = {"Idempotency-Key": str(new_id())}
    if signed_in:
        headers |= {"Authorization": intake.authorization}
    answer = await intake.http.request(method, address, headers=headers, json={"name": "x"})
    return answer.status_code


async def test_nobody_gets_in_without_signing_in(intake: Intake) -> None:
    assert {await status_for(intake, route, signed_in=False) for route in ROUTES} == {401}


async def test_every_route_lets_in_exactly_those_it_is_for(intake: Intake) -> None:
    shut_out = 403
    for role in ("intake", "case_manager"):
        statuses = [await status_for(intake.as_(role), route) for route in ROUTES]
        assert shut_out not in statuses
    for role in ("supervisor", "admin"):
        assert {await status_for(intake.as_(role), route) for route in WRITES} == {shut_out}
        assert shut_out not in [await status_for(intake.as_(role), route) for route in READS]
    for role in ("directory_editor", "partner", "anything"):
        assert {await status_for(intake.as_(role), route) for route in ROUTES} == {shut_out}


async def test_every_command_asks_for_an_idempotency_key(intake: Intake) -> None:
    document = APP.openapi()
    for method, path in WRITES:
        address = path.format(client_id=new_id(), consent_id=new_id(), barrier_id=new_id())
        example = _examples(document, document["paths"][path][method.lower()])[0]

        answer = await intake.http.request(
            method, address, json=example, headers={"Authorization": intake.authorization}
        )

        assert answer.status_code == 400
        assert "Idempotency-Key" in answer.json()["detail"]


async def test_the_examples_in_the_documentation_are_accepted(intake: Intake) -> None:
    document = APP.openapi()
    client_id = await intake.registered()
    barrier_id = await stated(intake, client_id)
    consent_id = await granted(intake, client_id)
    tried = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for example in _examples(document, operation):
                address = path.format(client_id=client_id, barrier_id=barrier_id, consent_id=consent_id)
                answer = await (
                    intake.post(address, example) if method == "post" else intake.patch(address, example)
                )
                assert answer.status_code in {200, 201}, (path, answer.text)
                tried += 1

    assert tried == len(WRITES) + 1


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
    reference = body["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
    components = document["components"]
    assert isinstance(components, dict)
    examples: list[dict[str, object]] = components["schemas"][reference]["examples"]
    return examples


def test_identifiers_are_the_only_things_in_addresses() -> None:
    parameters = {part for _, path in ROUTES for part in path.split("/") if part.startswith("{")}

    assert parameters == {"{client_id}", "{consent_id}", "{barrier_id}"}
