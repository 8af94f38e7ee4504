"""The rights that are committed, on a real server: each subject there is, tried by each user there is."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contracts.generate import ROOT
from contracts.published.events import Verb
from contracts.registry import events
from deploy.generate import AUTHORIZATION
from deploy.local.credentials import DOOR, ISSUER_VARIABLE, OPERATOR
from deploy.local.servers import MessageServer, Servers
from deploy.local.services import SERVICES
from deploy.nats.rights import password_variable
from shared.callout import Issuer, new_issuer_seed
from shared.ids import new_id
from shared.run import inbox_prefix_of
from tests.support.nats_users import connected, password_of

PARTNER = str(new_id())
NOTICES = {f"referrals.{PARTNER}.{verb}.v1" for verb in Verb}
OTHERS = {
    f"answers.{PARTNER}",
    f"_INBOX_{PARTNER}.anybody",
    "$SYS.REQ.USER.AUTH",
    "$JS.API.STREAM.DELETE.INTAKE",
    "$JS.API.STREAM.PURGE.REFERRALS",
    "$JS.API.CONSUMER.DELETE.BARRIERS.navigation-help-needed",
}
INBOXES = {f"{inbox_prefix_of(name)}.answer" for name in SERVICES}
TRIED = {*events(), *NOTICES, *OTHERS, *INBOXES}


@pytest.fixture(scope="module")
async def server(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MessageServer]:
    users = (*SERVICES, OPERATOR, DOOR)
    server = servers.nats(
        tmp_path_factory.mktemp("nats-with-the-committed-rights"),
        authorization=(ROOT / AUTHORIZATION).read_text(),
        passwords={
            **{password_variable(user): password_of(user) for user in users},
            ISSUER_VARIABLE: Issuer(new_issuer_seed(bytes(32))).public_key,
        },
    )
    await server.start()
    yield server
    await server.stop()


def own(service: str) -> set[str]:
    """What a service states, read off the events; navigation tells partners besides."""
    stated = {subject for subject, event in events().items() if event.publisher() == service}
    return stated | (NOTICES if service == "navigation" else set())


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_states_its_own_and_nothing_in_anothers_name(
    server: MessageServer, service: str
) -> None:
    async with connected(server, service) as one:
        refused = await one.refused_to_publish(sorted(TRIED))

    assert TRIED - refused == own(service)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_overhears_nothing_but_what_is_for_it(server: MessageServer, service: str) -> None:
    asked = {f"answers.{PARTNER}"} if service == "navigation" else set()
    async with connected(server, service) as one:
        refused = await one.refused_to_subscribe(sorted(TRIED))

    assert TRIED - refused == {f"{inbox_prefix_of(service)}.answer"} | asked


async def test_the_door_is_asked_as_one_of_many_and_hears_and_says_nothing_else(
    server: MessageServer,
) -> None:
    async with connected(server, DOOR) as door:
        assert TRIED - await door.refused_to_publish(sorted(TRIED)) == set()
    async with connected(server, DOOR) as door:
        assert TRIED - await door.refused_to_subscribe(sorted(TRIED)) == set()
    async with connected(server, DOOR) as door:
        await door.client.subscribe("$SYS.REQ.USER.AUTH", queue="door")
        assert await door.refused_to_publish(["care.anything"]) == {"care.anything"}
        assert not any("user.auth" in refusal for refusal in door.refusals)
