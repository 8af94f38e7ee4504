"""What no generator thinks of by itself: cursors made by hand, numbers beyond any column, strange headers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import httpx
import pytest

from shared.ids import new_id
from shared.pages import cursor_of
from tests.integration.access.matrix import APIS, MATRIX, ROLES
from tests.integration.access.routes import service_of
from tests.integration.access.world import World
from tests.support.running import bearer
from tests.support.town import CONSENT

FIRST_DAY = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
LAST_DAY = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-12)))
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ODD_CURSORS = [
    cursor_of(*values)
    for first in (
        FIRST_DAY,
        LAST_DAY,
        NOW.replace(tzinfo=None),
        2**63,
        -(2**70),
        1,
        -1,
        "a\0b",
        "é" * 90,
        None,
    )
    for values in ((first,), (first, UUID(int=0)))
]


def lists_of(service: str) -> list[str]:
    """Every address that gives out pages; a history goes on from an id, and is no person's."""
    return [
        path
        for path, operations in service_of(service).app().openapi()["paths"].items()
        if any(parameter["name"] == "after" for parameter in operations.get("get", {}).get("parameters", ()))
        and path != "/history"
    ]


@pytest.mark.parametrize("service", APIS)
async def test_a_cursor_made_by_hand_is_refused_or_leads_nowhere(world: World, service: str) -> None:
    partner = {"Authorization": f"Bearer {world.keys['right partner']}"}
    for path in lists_of(service):
        row = MATRIX[service][f"GET {path}"]
        known, headers = (world.theirs, partner) if row.is_for_partners else (world.staffs, bearer(*ROLES))
        address = re.sub(r"{(\w+)}", lambda found: known.get(found[1], str(new_id())), path)  # noqa: B023
        for cursor in ODD_CURSORS:
            answer = await world.http[service].get(address, params={"after": cursor}, headers=headers)

            # Nothing is imported in this world.
            nowhere = {404} if "{import_id}" in path else {200}
            assert answer.status_code in nowhere | {400, 422}, (path, cursor, answer.text)


ODD_KEYS = ["y2\tO", "é", "x" * 201, "'\"", "\x7f"]
"""A header holds more than letters; what the server cannot read it refuses, and the rest is kept as it is."""


@pytest.mark.parametrize("key", ODD_KEYS, ids=ascii)
async def test_a_key_for_doing_things_once_may_look_strange(world: World, key: str) -> None:
    headers = httpx.Headers(bearer("intake") | {"Idempotency-Key": key}, encoding="utf-8")
    body = {"words": "I want to be awake for breakfast with my daughter."}
    address = f"/clients/{world.staffs['client_id']}/goals"

    first, again = [await world.http["intake"].post(address, json=body, headers=headers) for _ in range(2)]

    assert first.status_code in {201, 400, 422}, first.text
    assert first.content == again.content


@pytest.mark.parametrize("moment", [FIRST_DAY, LAST_DAY], ids=["the first day", "the last day"])
async def test_a_moment_at_the_ends_of_time_is_pointed_out(world: World, moment: datetime) -> None:
    client = f"/clients/{world.staffs['client_id']}"
    said: list[tuple[str, str, dict[str, object]]] = [
        ("intake", f"{client}/consents", CONSENT | {"granted_at": moment.isoformat()}),
        ("intake", f"{client}/consents", CONSENT | {"expires_at": moment.isoformat()}),
        ("intake", f"{client}/readiness", {"importance": 5, "measured_at": moment.isoformat()}),
        (
            "navigation",
            f"/referrals/{world.staffs['referral_id']}/answers",
            {"said": {"answer": "schedule", "starts_at": moment.isoformat()}},
        ),
    ]
    for service, address, body in said:
        headers = bearer(*ROLES) | {"Idempotency-Key": str(new_id())}

        answer = await world.http[service].post(address, json=body, headers=headers)

        assert answer.status_code == 422, (address, answer.text)
        assert answer.json()["errors"], answer.text


async def test_more_places_than_anybody_has_are_pointed_out(world: World) -> None:
    headers = bearer("directory_editor") | {"Idempotency-Key": str(new_id())}
    address = f"/services/{world.staffs['service_id']}/capacity"

    answer = await world.http["navigation"].put(
        address, json={"capacity": "has", "places": 2**31}, headers=headers
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "places"


@pytest.mark.parametrize("version", [str(2**31), "9" * 5000], ids=["beyond a column", "beyond any number"])
async def test_a_version_that_nothing_reaches_is_told_so(world: World, version: str) -> None:
    address = f"/clients/{world.staffs['client_id']}"
    wish = f"{address}/barriers/{world.staffs['barrier_id']}/wish"
    headers = bearer("intake") | {"Idempotency-Key": str(new_id()), "Content-Type": "application/json"}

    by_header = await world.http["intake"].patch(
        address, json={"pace": "slow"}, headers=headers | {"If-Match": f'"{version}"'}
    )
    in_body = await world.http["intake"].post(
        wish, content=f'{{"wish": "go_ahead", "version": {version}}}', headers=headers
    )

    assert by_header.status_code == 400
    assert in_body.status_code in {400, 422}
