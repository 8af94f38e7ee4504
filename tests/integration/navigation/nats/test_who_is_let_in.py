"""Making, replacing and closing a partner's key takes effect on NATS without anything being restarted."""

from __future__ import annotations

import json

import pytest
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from contracts.streams import REFERRALS
from deploy.local.servers import MessageServer
from services.navigation.commands import streaming as commands
from services.navigation.model import streaming
from tests.integration.navigation.conftest import Navigation
from tests.integration.navigation.nats.conftest import (
    Started,
    begun,
    connected,
    gone,
    key_of,
    turned_on,
)
from tests.support.builders_navigation import delivery, help_needed, listing
from tests.support.connecting import is_let_in
from tests.support.eventually import eventually


async def test_a_new_partner_is_let_in_at_once(navigation: Navigation, guarded: MessageServer) -> None:
    service = listing()
    await navigation.add(service)
    partner = await navigation.partner(service.organization_id)
    assert not await is_let_in(guarded.url, password=key_of(partner))

    await turned_on(navigation, service.organization_id)

    assert await is_let_in(guarded.url, password=key_of(partner))
    assert await is_let_in(guarded.url, token=key_of(partner))
    assert await is_let_in(guarded.url, user="anything", password=key_of(partner))
    assert not await is_let_in(guarded.url, password=key_of(partner) + "x")
    assert not await is_let_in(guarded.url, password="fhk_")
    assert not await is_let_in(guarded.url)


async def test_a_partner_that_is_shut_out_loses_its_connections_and_stays_out(
    navigation: Navigation, guarded: MessageServer
) -> None:
    one, other = listing(), listing()
    await navigation.add(one, other)
    shut_out, stays = (
        await begun(navigation, one.organization_id),
        await begun(navigation, other.organization_id),
    )
    async with connected(*shut_out) as first, connected(*shut_out) as second, connected(*stays) as third:
        answer = await navigation.as_("admin").post(f"/partners/{one.organization_id}/revocation", {})
        assert answer.status_code == 200

        await gone(first)
        await gone(second)
        assert third.client.is_connected
        assert third.client.stats["reconnects"] == 0
    assert not await is_let_in(guarded.url, password=shut_out[1])


async def test_one_closed_key_ends_its_own_connections_only(
    navigation: Navigation, guarded: MessageServer
) -> None:
    service = listing()
    await navigation.add(service)
    hints, key = await begun(navigation, service.organization_id)
    admin = navigation.as_("admin")
    made = (await admin.post(f"/partners/{service.organization_id}/keys", {})).json()
    async with connected(hints, key) as by_old, connected(hints, made["key"]) as by_new:
        keys = (await admin.get(f"/partners/{service.organization_id}/keys")).json()["items"]
        old = next(one["key_id"] for one in keys if one["key_id"] != made["key_id"])
        await admin.post(f"/partners/{service.organization_id}/keys/{old}/revocation", {})

        await gone(by_old)
        assert by_new.client.is_connected
        assert by_new.client.stats["reconnects"] == 0
    assert not await is_let_in(guarded.url, password=key)


async def test_a_replaced_key_works_during_the_overlap_and_then_no_more(
    navigation: Navigation, guarded: MessageServer
) -> None:
    service = listing()
    await navigation.add(service)
    hints, key = await begun(navigation, service.organization_id)
    admin = navigation.as_("admin")
    keys = f"/partners/{service.organization_id}/keys"
    [first] = (await admin.get(keys)).json()["items"]

    made = (await admin.post(f"{keys}/{first['key_id']}/rotation", {"old_key_works_for_hours": 1})).json()
    assert await is_let_in(guarded.url, password=key)
    assert await is_let_in(guarded.url, password=made["key"])

    async with connected(hints, key) as by_old, connected(hints, made["key"]) as by_new:
        last = (await admin.post(f"{keys}/{made['key_id']}/rotation", {"old_key_works_for_hours": 0})).json()
        await gone(by_new)
        assert by_old.client.is_connected
    assert not await is_let_in(guarded.url, password=made["key"])
    assert await is_let_in(guarded.url, password=last["key"])


@pytest.mark.parametrize(
    ("scopes", "let_in"),
    [(["capacity"], False), (["answers"], False), (["referrals"], True), (["referrals", "answers"], True)],
)
async def test_a_key_opens_what_it_was_made_for(
    navigation: Navigation, guarded: MessageServer, *, scopes: list[str], let_in: bool
) -> None:
    service = listing()
    await navigation.add(service)
    hints, _ = await begun(navigation, service.organization_id)
    keys = f"/partners/{service.organization_id}/keys"
    made = (await navigation.as_("admin").post(keys, {"scopes": scopes})).json()

    assert await is_let_in(guarded.url, password=made["key"]) is let_in
    if let_in and "answers" not in scopes:
        async with connected(hints, made["key"]) as partner:
            await partner.client.publish(str(hints["answers"]), b"{}")
            await eventually(lambda: any("permissions" in refusal for refusal in partner.refusals))


async def test_ending_the_way_ends_connections_and_the_consumer_and_beginning_again_starts_afresh(
    navigation: Navigation, operator: Client
) -> None:
    service = listing()
    await navigation.add(service)
    hints, key = await begun(navigation, service.organization_id)
    admin = navigation.as_("admin")
    async with connected(hints, key) as partner:
        await navigation.receive(delivery(help_needed()))
        await partner.receive()

        ended = await admin.post(f"/partners/{service.organization_id}/nats/end", {})

        assert ended.status_code == 200
        await gone(partner)

    async def consumer_is_gone() -> bool:
        try:
            await operator.jetstream().consumer_info(REFERRALS.name, str(service.organization_id))
        except NotFoundError:
            return True
        return False

    await eventually(consumer_is_gone, within=5)
    meanwhile, afterwards = help_needed(), help_needed()
    await navigation.receive(delivery(meanwhile))
    await eventually(lambda: navigation.referrals(meanwhile.client_id), lambda found: len(found) == 1)
    await turned_on(navigation, service.organization_id)
    await navigation.receive(delivery(afterwards))
    async with connected(hints, key) as partner:
        [message] = await partner.receive()
        referrals = await navigation.referrals(afterwards.client_id)
        assert message.headers is not None
        assert message.headers["ce-subject"] == referrals[0]["id"]


async def test_a_connection_is_renewed_before_it_runs_out(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "RENEWED_AFTER", commands.LET_IN_FOR * 0)
    async with started() as navigation:
        service = listing()
        await navigation.add(service)
        hints, key = await begun(navigation, service.organization_id)
        async with connected(hints, key) as partner:
            await eventually(lambda: partner.client.stats["reconnects"] >= 1, within=5)

            await navigation.receive(delivery(help_needed()))
            await eventually(lambda: partner.client.is_connected)


async def test_copies_share_the_door_and_one_that_ends_leaves_it_to_the_others(
    started: Started, guarded: MessageServer
) -> None:
    async with started() as stays:
        async with started() as ends:
            service = listing()
            await ends.add(service)
            hints, key = await begun(ends, service.organization_id)
            assert all([await is_let_in(guarded.url, password=key) for _ in range(10)])
        async with connected(hints, key) as partner:
            await stays.add()
            await stays.receive(delivery(help_needed()))
            [message] = await partner.receive()
            assert message.headers is not None
            taken = await partner.answer(message.headers["ce-subject"], "accept")
            assert taken["status"] == "accepted"
    # With nobody to ask nobody new gets in.
    assert not await is_let_in(guarded.url, password=key)


async def test_a_pull_may_not_stay_open_longer_than_the_server_remembers_whose_it_is(
    navigation: Navigation,
) -> None:
    service = listing()
    await navigation.add(service)
    hints, key = await begun(navigation, service.organization_id)
    async with connected(hints, key) as partner:
        assert isinstance(hints["longest_pull_seconds"], int)
        pull = {"batch": 1, "expires": (hints["longest_pull_seconds"] + 5) * 1_000_000_000}
        next_message = f"$JS.{hints['domain']}.API.CONSUMER.MSG.NEXT.REFERRALS.{hints['consumer']}"

        refused = await partner.client.request(next_message, json.dumps(pull).encode(), timeout=5)

        assert refused.headers is not None
        assert refused.headers["Status"] == "409"


async def test_names_that_are_no_partners_mean_nothing() -> None:
    assert streaming.organization_in("") is None
    assert streaming.key_in("rides.x") is None
