"""The pull feed: in order, without gaps, cut to what may be told now; who waits is in nobody's way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest
from cloudevents.http import from_json

from contracts.published.events import NOTICES
from contracts.terms import ChangedBy
from deploy.local.servers import MessageServer
from services.navigation.__main__ import SERVICE
from services.navigation.commands import feed, telling
from services.navigation.model.directory import Listing
from services.navigation.model.referrals import Accept, Moved, Referral
from services.navigation.policy.disclosure import NOTICE
from services.navigation.settings import NavigationSettings
from services.navigation.store import clients, partners, referrals
from shared.pages import cursor_of
from shared.run import running
from shared.waiting import WAITS
from tests.integration.navigation.conftest import Navigation
from tests.support.builders import consent_revoked
from tests.support.builders_navigation import delivery, help_needed, listing
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.navigation import Desk
from tests.support.running import settings_for

SOON = 1.5
FEED = "/partner/events"
BATCH = "application/cloudevents-batch+json"
NOTICE_OF = {notice.type_name(): notice for notice in NOTICES}


async def a_partner(navigation: Navigation, **wanted: object) -> tuple[Navigation, Listing]:
    """An organisation with one service, and its system with a key."""
    service = listing()
    await navigation.add(service)
    body = {"organization_id": str(service.organization_id), **wanted}
    answer = await navigation.as_("admin").post("/partners", body)
    assert answer.status_code == 201, answer.text
    return navigation.with_key(answer.json()["key"]), service


async def sent(navigation: Navigation) -> dict[str, Any]:
    """A client asks for help, goes ahead, and is referred."""
    needed = help_needed()
    await navigation.receive(delivery(needed))
    (referral,) = await eventually(
        lambda: navigation.referrals(needed.client_id),
        lambda found: len(found) == 1 and found[0]["status"] == "requested",
    )
    return referral


async def pulled(partner: Navigation, **asked: str | int) -> dict[str, Any]:
    answer = await partner.get(FEED, **asked)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def kinds(page: dict[str, Any]) -> list[str]:
    return [event["type"] for event in page["events"]]


async def fed(navigation: Navigation, referral: dict[str, Any]) -> list[dict[str, Any]]:
    """The ledger's lines of what was fetched from the feed."""
    answer = await navigation.get(f"/clients/{referral['client_id']}/disclosures")
    return [line for line in answer.json()["items"] if line["channel"] == "feed"]


async def test_a_partner_reads_its_events_in_order_from_where_it_left_off(navigation: Navigation) -> None:
    partner, _ = await a_partner(navigation)
    referral = await sent(navigation)
    answer = await partner.post(
        f"/partner/referrals/{referral['id']}/answers", {"said": {"answer": "accept"}}
    )
    assert answer.status_code == 200

    first = await pulled(partner, limit=1)
    second = await pulled(partner, limit=1, after=first["next"])
    nothing = await pulled(partner, after=second["next"])

    assert kinds(first) == ["referrals.requested.v1"]
    assert kinds(second) == ["referrals.answered.v1"]
    assert (first["more"], second["more"], nothing["more"]) == (True, False, False)
    assert nothing == {"events": [], "next": second["next"], "more": False}
    assert await pulled(partner, limit=1) == first
    assert [event["sequence"] for event in (*first["events"], *second["events"])] == ["1", "2"]
    await sent(navigation)
    assert kinds(await pulled(partner, after=nothing["next"])) == ["referrals.requested.v1"]


async def test_what_is_read_is_a_cloud_event_for_software_that_is_not_ours(navigation: Navigation) -> None:
    partner, service = await a_partner(navigation)
    referral = await sent(navigation)

    page = await pulled(partner)

    (event,) = page["events"]
    read = from_json(json.dumps(event))
    assert read["type"] == "referrals.requested.v1"
    assert read["subject"] == referral["id"]
    assert read["sequence"] == "1"
    data = NOTICE_OF[event["type"]].model_validate(read.data)
    assert data.organization_id == service.organization_id
    assert data.client is not None
    assert data.client.category == "transport"
    assert data.client.words is None
    assert data.notice == NOTICE
    assert referral["client_id"] not in json.dumps(page)


async def test_a_batch_comes_when_it_is_asked_for(navigation: Navigation) -> None:
    partner, _ = await a_partner(navigation)
    await sent(navigation)

    headers = {**partner.authorization, "Accept": BATCH}
    answer = await partner.http.get(FEED, headers=headers)
    rest = await partner.http.get(answer.links["next"]["url"], headers=headers)

    assert answer.headers["content-type"] == BATCH
    (event,) = answer.json()
    assert from_json(json.dumps(event))["type"] == "referrals.requested.v1"
    assert rest.json() == []


async def test_a_cursor_that_is_not_its_own_is_pointed_out(navigation: Navigation) -> None:
    partner, service = await a_partner(navigation)
    other, _ = await a_partner(navigation)

    for cursor, says in (
        ("nonsense", "not a cursor"),
        ((await pulled(other))["next"], "somebody else's"),
        (cursor_of(service.organization_id, -1), "not a cursor"),
        (cursor_of(service.organization_id, 5), "beyond the end"),
        (cursor_of(service.organization_id, 2**80), "not a cursor"),
        (cursor_of(service.organization_id), "not a cursor"),
        ("é" * 20, "not a cursor"),
    ):
        answer = await partner.get(FEED, after=cursor)
        assert answer.status_code == 400, (cursor, answer.text)
        assert says in answer.json()["detail"]
    for asked in ({"wait": 31}, {"wait": -1}, {"limit": 0}, {"limit": 201}):
        assert (await partner.get(FEED, **asked)).status_code == 422


async def test_what_was_withdrawn_is_not_in_a_replay_and_the_ledger_says_what_went_when(
    navigation: Navigation,
) -> None:
    partner, _ = await a_partner(navigation)
    needed = help_needed()
    await navigation.receive(delivery(needed))
    await eventually(lambda: pulled(partner), lambda page: len(page["events"]) == 1)
    (referral,) = await navigation.referrals(needed.client_id)
    before = await pulled(partner)
    await pulled(partner)
    (line,) = await fed(navigation, referral)
    assert "what help is wanted" in line["what"]
    assert line["consent_id"] == str(needed.consents[0].id)

    revocation = consent_revoked(client_id=needed.client_id, consent_id=needed.consents[0].id)
    await navigation.receive(delivery(revocation))
    await eventually(lambda: pulled(partner, after=before["next"]), lambda page: len(page["events"]) == 1)

    again = await pulled(partner)
    assert kinds(again) == ["referrals.requested.v1", "referrals.revoked.v1"]
    assert [event["id"] for event in again["events"]][:1] == [before["events"][0]["id"]]
    assert before["events"][0]["data"]["client"] is not None
    assert [event["data"]["client"] for event in again["events"]] == [None, None]
    assert again["events"][0]["data"]["consent"]["scopes"] == []
    await pulled(partner)
    lines = await fed(navigation, referral)
    assert [one["what"] for one in lines[1:]] == [
        "that the consent was taken back",
        "that there is a referral, and nothing about the client",
    ]
    assert [one["scopes"] for one in lines[1:]] == [[], []]


async def test_whoever_waits_hears_of_an_event_at_once(navigation: Navigation) -> None:
    partner, _ = await a_partner(navigation)
    others = [(await a_partner(navigation))[0] for _ in range(3)]
    waiting = asyncio.create_task(pulled(partner, wait=20))
    in_vain = [asyncio.create_task(pulled(other, wait=2)) for other in others]
    await eventually(waits, 4)

    referral = await sent(navigation)
    stated = time.monotonic()
    page = await asyncio.wait_for(waiting, 5)

    assert [event["subject"] for event in page["events"]] == [referral["id"]]
    assert time.monotonic() - stated < 1
    assert [page["events"] for page in await asyncio.gather(*in_vain)] == [[], [], []]


def waits() -> int:
    """How many requests wait for news."""
    return sum(task.get_name() == WAITS for task in asyncio.all_tasks())


async def test_a_wait_that_is_over_says_that_there_was_nothing(navigation: Navigation) -> None:
    partner, _ = await a_partner(navigation)

    started = time.monotonic()
    page = await pulled(partner, wait=1)

    assert page["events"] == []
    assert 0.9 < time.monotonic() - started < 3


async def test_nobody_waits_in_more_than_four_places_and_a_place_is_free_when_somebody_hangs_up(
    navigation: Navigation,
) -> None:
    partner, _ = await a_partner(navigation)
    other, _ = await a_partner(navigation)
    four = [asyncio.create_task(pulled(partner, wait=20)) for _ in range(4)]
    await eventually(waits, 4)

    refused = await partner.get(FEED, wait=20)
    at_once = await partner.get(FEED)
    elsewhere = asyncio.create_task(pulled(other, wait=20))
    await eventually(waits, 5)
    four[0].cancel()
    await eventually(waits, 4)
    one_more = asyncio.create_task(pulled(partner, wait=20))
    await eventually(waits, 5)

    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"
    assert at_once.status_code == 200
    for wait in (*four, elsewhere, one_more):
        wait.cancel()
    await asyncio.gather(*four, elsewhere, one_more, return_exceptions=True)
    await eventually(waits, 0)


@pytest.mark.parametrize("whole", [True, False])
async def test_who_is_shut_out_while_waiting_hears_no_more(navigation: Navigation, *, whole: bool) -> None:
    partner, service = await a_partner(navigation)
    admin, path = navigation.as_("admin"), f"/partners/{service.organization_id}"
    waiting = asyncio.create_task(partner.get(FEED, wait=20))
    await eventually(waits, 1)

    if whole:
        shut = await admin.post(f"{path}/revocation", {})
    else:
        (key,) = (await admin.get(f"{path}/keys")).json()["items"]
        shut = await admin.post(f"{path}/keys/{key['key_id']}/revocation", {})
        await sent(navigation)

    assert shut.status_code == 200
    answer = await asyncio.wait_for(waiting, 2)
    assert answer.status_code == 401


async def test_a_key_without_the_scope_reads_no_feed(navigation: Navigation) -> None:
    partner, _ = await a_partner(navigation, scopes=["answers"])

    answer = await partner.get(FEED)

    assert answer.status_code == 403
    assert "does not have the scope referrals" in answer.json()["detail"]
    assert (await navigation.get(FEED)).status_code == 403
    assert (await navigation.http.get(FEED)).status_code == 401


async def test_a_partner_that_comes_back_hears_of_what_is_under_way_and_its_cursor_still_fits(
    navigation: Navigation,
) -> None:
    partner, service = await a_partner(navigation)
    await sent(navigation)
    before = await pulled(partner)
    organization = {"organization_id": str(service.organization_id)}
    admin = navigation.as_("admin")
    await admin.post(f"/partners/{service.organization_id}/revocation", {})
    missed = await sent(navigation)

    answer = await admin.post("/partners", organization)
    back = navigation.with_key(answer.json()["key"])

    page = await pulled(back, after=before["next"])
    assert [event["subject"] for event in page["events"]] == [missed["id"]]


async def test_an_open_wait_does_not_hold_up_the_stop(
    navigation: Navigation, database: Database, nats: MessageServer, clock: ManualClock
) -> None:
    partner, _ = await a_partner(navigation)
    settings = settings_for(NavigationSettings, "navigation", database=database, nats=nats)
    assert isinstance(settings, NavigationSettings)
    async with httpx.AsyncClient(timeout=40) as http:
        async with running(SERVICE, settings, clock) as copy:
            waiting = asyncio.create_task(
                http.get(copy.url + FEED, params={"wait": 30}, headers=dict(partner.authorization))
            )
            await eventually(waits, 1)
            stopping = time.monotonic()
        answer = await asyncio.wait_for(waiting, 5)

    assert time.monotonic() - stopping < SOON
    assert answer.status_code == 200
    assert answer.json()["events"] == []


@dataclass
class Reader:
    """Follows the feed as a partner would, some at a time, and keeps what it got."""

    desk: Desk
    organization_id: UUID
    position: int = 0
    sequences: dict[str, list[int]] = field(default_factory=dict)

    async def follow(self, total: int) -> None:
        while self.position < total:
            async with self.desk.database.transaction() as tx:
                notices = await feed.read(tx, self.organization_id, after=self.position, limit=7)
            assert notices.position == self.position + len(notices.events)
            for event in notices.events:
                self.sequences.setdefault(str(event["subject"]), []).append(int(str(event["sequence"])))
            self.position = notices.position
            await asyncio.sleep(0.002)


@dataclass
class Writer:
    """Tells of a partner's answer: slow to begin, slow to end, and sometimes it comes to nothing."""

    desk: Desk
    referral: Referral
    begins: float
    ends: float
    fails: bool

    async def write(self) -> bool:
        with contextlib.suppress(ConnectionAbortedError):
            async with self.desk.database.transaction() as tx:
                await tx.conn.fetchval("select pg_current_xact_id()::text")
                await asyncio.sleep(self.begins)
                await clients.lock(tx.conn, [self.referral.client_id])
                await telling.tell(tx, [Moved(referral=self.referral, made=Accept(), by=ChangedBy.PARTNER)])
                await asyncio.sleep(self.ends)
                if self.fails:
                    raise ConnectionAbortedError
        return not self.fails


async def test_nothing_is_missed_or_out_of_order_while_many_write_at_once(
    desk: Desk, another_desk: AbstractAsyncContextManager[Desk]
) -> None:
    service = listing()
    await desk.add(service)
    await desk.deliver(*(delivery(help_needed()) for _ in range(8)))
    async with desk.database.transaction() as tx:
        await partners.insert_partner(tx.conn, service.organization_id, name="Aire", now=tx.now)
        sent_out = await referrals.live_of_organization(tx.conn, service.organization_id)
    assert len(sent_out) == 8
    chance = random.Random(20261126)

    async with another_desk as other:
        writers = [
            Writer(desk, one, chance.random() / 20, chance.random() / 50, fails=chance.random() < 0.25)
            for one in sent_out * 5
        ] + [
            Writer(other, one, chance.random() / 20, chance.random() / 50, fails=chance.random() < 0.25)
            for one in sent_out * 5
        ]
        total = sum(not writer.fails for writer in writers)
        early, late = Reader(desk, service.organization_id), Reader(other, service.organization_id)
        chance.shuffle(writers)
        await asyncio.gather(early.follow(total), *(writer.write() for writer in writers))
        await late.follow(total)

    assert 40 < total < 80
    assert early.position == total
    assert early.sequences == late.sequences
    assert all(seen == list(range(1, len(seen) + 1)) for seen in early.sequences.values())
