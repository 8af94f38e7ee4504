"""Who calls what, over HTTP, on running services: exactly those get in whom the reviewed table names."""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx
import pytest

from shared.ids import new_id
from tests.integration.access.callers import ONE_SCOPE, STAFF, UNKNOWN
from tests.integration.access.matrix import ANYONE, APIS, MATRIX, Row
from tests.integration.access.routes import routes_of
from tests.integration.access.world import World

TURNED_AWAY = {401, 403}
each_service = pytest.mark.parametrize("service", APIS)


async def call(world: World, service: str, route: str, headers: Mapping[str, str]) -> httpx.Response:
    """Ask as this caller: about the right partner's things where partners may ask, else about others."""
    method, path = route.split(" ")
    row = MATRIX[service].get(route, Row(frozenset()))
    known = world.theirs if row.is_for_partners else world.staffs
    address = re.sub(r"{(\w+)}", lambda found: known.get(found[1], str(new_id())), path)
    body, headers = dict(row.body), {**headers, "Idempotency-Key": str(new_id())}
    if row.takes_what_it_shows:
        key = {"Authorization": f"Bearer {world.keys['right partner']}"}
        shown = await world.http[service].get(address, headers=key)
        body, headers = shown.json(), {**headers, "If-Match": shown.headers["ETag"]}
    return await world.http[service].request(
        method, address, headers=headers, json=None if method == "GET" else body
    )


async def statuses(world: World, service: str, headers: Mapping[str, str]) -> dict[str, int]:
    return {
        route: (await call(world, service, route, headers)).status_code
        for route in sorted(routes_of(service))
    }


def expected(service: str, caller: str) -> tuple[set[str], set[str]]:
    """The routes that let this caller in, and those that turn them away."""
    rows = MATRIX[service]
    let_in = {route for route, row in rows.items() if row.callers & {ANYONE, caller}}
    return let_in, set(rows) - let_in


def found(seen: Mapping[str, int], turned_away_with: set[int]) -> tuple[set[str], set[str]]:
    away = {route for route, status in seen.items() if status in turned_away_with}
    return set(seen) - away, away


@each_service
@pytest.mark.parametrize("who", UNKNOWN)
async def test_who_is_not_known_gets_no_further_than_what_is_open_to_all(
    world: World, service: str, who: str
) -> None:
    seen = await statuses(world, service, UNKNOWN[who](world))

    assert found(seen, {401}) == expected(service, who)
    assert 403 not in seen.values()


@each_service
@pytest.mark.parametrize("who", STAFF)
async def test_staff_services_and_gateways_are_let_into_what_is_theirs_and_nothing_else(
    world: World, service: str, who: str
) -> None:
    headers = STAFF[who](world)
    # A key that belongs to another service is unknown here; whoever is known and may not is told so.
    refusal = 401 if who == "gateway" and service != "reminders" else 403
    name = "service" if who == "a service with every role of staff" else who

    seen = await statuses(world, service, headers)

    assert found(seen, TURNED_AWAY) == expected(service, name)
    assert found(seen, {refusal}) == expected(service, name)


@pytest.mark.parametrize("scope", ONE_SCOPE)
async def test_a_partners_key_opens_what_it_was_made_for_and_nothing_else(world: World, scope: str) -> None:
    seen = await statuses(world, "navigation", ONE_SCOPE[scope](world))

    assert found(seen, TURNED_AWAY) == expected("navigation", scope)
    assert 401 not in seen.values()


@pytest.mark.parametrize("service", [name for name in APIS if name != "navigation"])
async def test_a_partners_key_opens_nothing_of_the_other_services(world: World, service: str) -> None:
    headers = {"Authorization": f"Bearer {world.keys['right partner']}"}

    seen = await statuses(world, service, headers)

    assert found(seen, {401}) == expected(service, "nobody here")


PARTNERS = {(name, route): row for name in APIS for route, row in MATRIX[name].items() if row.is_for_partners}


@pytest.mark.parametrize(("service", "route"), PARTNERS, ids=map(" ".join, PARTNERS))
async def test_a_partner_learns_nothing_of_what_was_sent_to_another(
    world: World, service: str, route: str
) -> None:
    headers = {"Authorization": f"Bearer {world.keys['wrong partner']}"}

    answer = await call(world, service, route, headers)

    # Things of others are as if they were not there. Without a name in the address there is only one's own.
    if "{" in route:
        assert answer.status_code == 404, answer.text
    else:
        assert answer.status_code not in TURNED_AWAY, answer.text
    for name in ("client_id", "referral_id", "consent_id", "barrier_id"):
        assert world.theirs[name] not in answer.text.replace(str(answer.url), "")
    assert "Amina" not in answer.text


@pytest.mark.parametrize(("service", "route"), PARTNERS, ids=map(" ".join, PARTNERS))
async def test_a_partner_reaches_what_was_sent_to_itself(world: World, service: str, route: str) -> None:
    headers = {"Authorization": f"Bearer {world.keys['right partner']}"}

    answer = await call(world, service, route, headers)

    assert answer.status_code not in TURNED_AWAY, answer.text
    if set(re.findall(r"{(\w+)}", route)) <= set(world.theirs):
        assert answer.is_success, answer.text
