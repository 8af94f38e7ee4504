"""Whatever dies between the commit and the partner: every notice arrives once and in its order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

import pytest
from nats.aio.client import Client

from deploy.local.servers import MessageServer
from services.navigation.channels.stream import Bag, PartnersStream, Stored
from tests.integration.navigation.conftest import Navigation
from tests.integration.navigation.nats.conftest import Started, begun, connected
from tests.support.builders_navigation import delivery, help_needed, listing
from tests.support.eventually import eventually


async def test_what_was_published_and_not_marked_is_published_again_and_stored_once(
    started: Started, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = PartnersStream.publish
    died: list[int] = []

    async def publish_and_die(stream: PartnersStream, bags: Sequence[Bag]) -> dict[UUID, Stored]:
        stored = await publish(stream, bags)
        if stored and len(died) < 3:
            died.append(len(stored))
            raise ConnectionError
        return stored

    monkeypatch.setattr(PartnersStream, "publish", publish_and_die)
    async with started() as navigation:
        service = listing()
        await navigation.add(service)
        hints, key = await begun(navigation, service.organization_id)
        await navigation.receive(*(delivery(help_needed()) for _ in range(5)))

        await eventually(lambda: told(navigation), 5, within=10)
        await eventually(lambda: waiting(navigation), 0, within=10)

        assert died
        assert (await operator.jetstream().stream_info("REFERRALS")).state.messages == 5
        async with connected(hints, key) as partner:
            messages = await partner.receive(5)
            assert len({m.headers["ce-id"] for m in messages if m.headers}) == 5


async def test_a_navigation_that_ends_leaves_the_rest_to_the_next(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = listing()
    with monkeypatch.context() as deaf:
        deaf.setattr(PartnersStream, "within_reach", False)
        async with started() as navigation:
            await navigation.add(service)
            hints, key = await begun(navigation, service.organization_id)
            await navigation.receive(*(delivery(help_needed()) for _ in range(5)))
            await eventually(lambda: waiting(navigation), 5, within=10)
    async with started(), connected(hints, key) as partner:
        messages = await partner.receive(5)
        assert [sequence_of(m.headers) for m in messages] == ["1"] * 5


async def test_copies_share_the_work_and_keep_each_partners_order(started: Started, operator: Client) -> None:
    async with started() as one, started() as two:
        services = [listing() for _ in range(3)]
        await one.add(*services)
        await two.add()  # nothing more; it takes notice of what is there
        for service in services:
            await begun(one, service.organization_id)
        await one.receive(*(delivery(help_needed()) for _ in range(40)))
        await eventually(lambda: told(one), 40, within=20)
        await eventually(lambda: waiting(one), 0, within=20)

        async with one.service.database.reading() as conn:
            rows = await conn.fetch("select id, organization_id from partner_event order by position")
        for service in services:
            meant = [str(row["id"]) for row in rows if row["organization_id"] == service.organization_id]
            assert await stored_for(operator, service.organization_id) == meant


async def test_a_restart_of_the_server_loses_nothing(started: Started, guarded: MessageServer) -> None:
    async with started() as navigation:
        service = listing()
        await navigation.add(service)
        hints, key = await begun(navigation, service.organization_id)
        async with connected(hints, key) as partner:
            await navigation.receive(delivery(help_needed()))
            await partner.receive()

            await guarded.kill()
            await guarded.start()

            await eventually(lambda: partner.client.is_connected, within=20)
            await eventually(lambda: navigation.bus.is_connected, within=20)
            await navigation.receive(delivery(help_needed()))
            [message] = await partner.receive(within=20)
            assert (await partner.answer(referral_in(message.headers), "accept"))["status"] == "accepted"


async def waiting(navigation: Navigation) -> int:
    async with navigation.service.database.reading() as conn:
        return int(await conn.fetchval("select count(*) from delivery where state = 'waiting'"))


async def told(navigation: Navigation) -> int:
    async with navigation.service.database.reading() as conn:
        return int(await conn.fetchval("select count(*) from partner_event"))


async def stored_for(operator: Client, organization_id: UUID) -> list[str]:
    """The ids of what lies in the stream for a partner, in its order."""
    stream = operator.jetstream()
    info = await stream.stream_info("REFERRALS")
    found = await asyncio.gather(
        *(stream.get_msg("REFERRALS", number) for number in range(1, info.state.last_seq + 1))
    )
    return [
        m.headers["ce-id"]
        for m in found
        if m.headers and (m.subject or "").split(".")[1] == str(organization_id)
    ]


def sequence_of(headers: Mapping[str, str] | None) -> str:
    assert headers is not None
    return headers["ce-sequence"]


def referral_in(headers: Mapping[str, str] | None) -> str:
    assert headers is not None
    return headers["ce-subject"]
