"""Nobody is sent twice for the same need: what is under way is shown first, and replaced only when said."""

from __future__ import annotations

from uuid import UUID

import pytest

from contracts.events.barriers import HelpNeeded
from contracts.events.navigation import ReferralDrafted, ReferralEnded, ReferralRequested
from contracts.terms import BarrierCategory, ChangedBy, ReasonCode
from services.navigation.commands import moving
from services.navigation.model.referrals import ClientDeclines, Referral
from shared.errors import Conflict
from shared.ids import new_id
from tests.integration.navigation.conftest import Navigation
from tests.support.builders import consent_revoked
from tests.support.builders_navigation import PEERS, delivery, help_needed, listing
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.navigation import Desk


def once_more(needed: HelpNeeded, **fields: object) -> HelpNeeded:
    """The same client asks for the same help because of something else that stands in the way."""
    return needed.model_copy(update={"help_id": new_id(), "barrier_id": new_id()} | fields)


async def send(desk: Desk, referral_id: UUID, *, replacing: bool = False) -> Referral:
    async with desk.database.transaction() as tx:
        draft = await moving.held(tx, referral_id)
        return await moving.send(tx, desk.finder, draft, recorded_by=new_id(), replacing=replacing)


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one after the other"])
async def test_a_second_one_for_the_same_need_is_prepared_and_never_sent_by_itself(
    desk: Desk, *, together: bool
) -> None:
    await desk.add(listing(), listing())
    first = help_needed()
    second = once_more(first)

    if together:
        await desk.deliver(delivery(first), delivery(second))
    else:
        await desk.deliver(delivery(first))
        await desk.deliver(delivery(second))

    (requested,) = await desk.stated(ReferralRequested)
    (drafted,) = await desk.stated(ReferralDrafted)
    assert requested.barrier_id == first.barrier_id
    assert drafted.barrier_id == second.barrier_id
    assert drafted.live_id == requested.referral_id
    assert requested.service_name in drafted.why_not_sent
    assert await desk.count("disclosure") == 1


async def test_another_need_of_the_same_client_goes_its_own_way(desk: Desk) -> None:
    await desk.add(listing(), listing(codes=(PEERS,)))
    first = help_needed()
    other = once_more(first, category=BarrierCategory.STIGMA_SOCIAL, resource_codes=(PEERS,))

    await desk.deliver(delivery(first), delivery(other), delivery(help_needed()))

    assert len(await desk.stated(ReferralRequested)) == 3


async def test_what_is_under_way_is_shown_first_and_replaced_only_when_said_so(desk: Desk) -> None:
    await desk.add(listing(), listing())
    first = help_needed()
    await desk.deliver(delivery(first), delivery(once_more(first)))
    (requested,) = await desk.stated(ReferralRequested)
    (drafted,) = await desk.stated(ReferralDrafted)

    with pytest.raises(Conflict, match="still under way") as refused:
        await send(desk, drafted.referral_id)
    assert str(requested.referral_id) in repr(refused.value.extra["live"])

    sent = await send(desk, drafted.referral_id, replacing=True)

    (ended,) = await desk.stated(ReferralEnded)
    assert (ended.referral_id, ended.reason) == (requested.referral_id, ReasonCode.SUPERSEDED)
    assert ended.superseded_by == sent.id
    assert sent.replaces == requested.referral_id
    async with desk.database.transaction() as tx:
        assert (await moving.held(tx, requested.referral_id)).superseded_by == sent.id


async def test_a_clients_no_stops_the_runner_up_that_was_prepared_to_follow(
    desk: Desk, clock: ManualClock
) -> None:
    await desk.add(listing(), listing())
    needed = help_needed()
    await desk.deliver(delivery(needed))
    (requested,) = await desk.stated(ReferralRequested)
    clock.set(requested.acknowledge_by)
    await desk.notice_silence()
    assert await desk.statuses(needed.barrier_id) == ["requested", "draft"]

    async with desk.database.transaction() as tx:
        referral = await moving.held(tx, requested.referral_id)
        no = ClientDeclines(text="They would rather not.")
        await moving.move(tx, desk.finder, referral, no, by=ChangedBy.CLIENT, recorded_by=new_id())

    assert await desk.statuses(needed.barrier_id) == ["cancelled", "cancelled"]
    assert {e.reason for e in await desk.stated(ReferralEnded)} == {ReasonCode.CLIENT_DECLINED}


async def test_with_its_consent_a_draft_that_rested_on_it_ends_and_others_stay(desk: Desk) -> None:
    await desk.add(listing(), listing(codes=(PEERS,)))
    needed = help_needed(send_allowed=False)
    without = help_needed(consents=())
    await desk.deliver(delivery(needed), delivery(without))

    for one in (needed, without):
        taken_back = needed.consents[0].id
        await desk.deliver(delivery(consent_revoked(client_id=one.client_id, consent_id=taken_back)))

    assert await desk.statuses(needed.barrier_id) == ["cancelled"]
    assert await desk.statuses(without.barrier_id) == ["draft"]


async def test_over_http_the_live_one_is_shown_on_reading_choosing_and_sending(
    navigation: Navigation,
) -> None:
    await navigation.add(listing(), listing())
    needed = help_needed()
    await navigation.receive(delivery(needed), delivery(once_more(needed)))
    one, other = await eventually(
        lambda: navigation.referrals(needed.client_id), lambda items: len(items) == 2
    )
    live, draft = (one, other) if one["status"] == "requested" else (other, one)
    path = f"/referrals/{draft['id']}"

    read = (await navigation.get(path)).json()
    options = [
        c["service_id"] for c in read["candidates"] if c["rank"] and c["service_id"] != draft["service_id"]
    ]
    chosen = (await navigation.post(f"{path}/choice", {"service_id": options[0]})).json()
    refused = await navigation.post(f"{path}/send", {})

    assert [shown["id"] for shown in read["live"]] == [live["id"]]
    assert [shown["id"] for shown in chosen["live"]] == [live["id"]]
    assert refused.status_code == 409
    assert [shown["id"] for shown in refused.json()["live"]] == [live["id"]]
    assert refused.json()["possible"]

    sent = await navigation.post(f"{path}/send", {"replace": True})

    assert sent.json()["replaces"] == live["id"]
    replaced = (await navigation.get(f"/referrals/{live['id']}")).json()
    assert (replaced["status"], replaced["superseded_by"]) == ("cancelled", draft["id"])
