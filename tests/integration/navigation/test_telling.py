"""Partners hear of every move, once, in order, within what the client allows, and it is written down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.events.barriers import HelpNeeded
from contracts.published.answers import Accepts, Declines, PartnerAnswer
from contracts.published.events import NOTICES, Verb
from contracts.terms import InformationScope, ReasonCode
from services.navigation.commands import answering, moving, reading, telling
from services.navigation.jobs import introduce_partners
from services.navigation.model.directory import Listing
from services.navigation.model.telling import Channel, PartnerEvent, Way
from services.navigation.policy import publishing
from services.navigation.policy.disclosure import NOTICE
from services.navigation.store import partner_events, partner_ways, partners
from shared.ids import new_id
from tests.support.builders import (
    MONDAY_MORNING,
    client_changed,
    client_context,
    consent,
    consent_revoked,
    contact_changed,
)
from tests.support.builders_navigation import delivery, help_needed, help_withdrawn, listing
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.navigation import Desk

EVERYTHING = frozenset(InformationScope)


async def with_partner(desk: Desk, *ways: Way) -> Listing:
    service = listing()
    await desk.add(service)
    await let_in(desk, service.organization_id, *ways)
    return service


async def let_in(desk: Desk, organization_id: UUID, *ways: Way) -> None:
    async with desk.database.transaction() as tx:
        await partners.insert_partner(tx.conn, organization_id, name="Aire Valley Wheels", now=tx.now)
        for way in ways:
            await partner_ways.begin(tx.conn, organization_id, way, now=tx.now)
        await telling.introduce(tx, organization_id)


async def heard(desk: Desk, organization_id: UUID, after: int = 0) -> list[PartnerEvent]:
    async with desk.database.reading() as conn:
        return await partner_events.after(conn, organization_id, after, limit=1000)


async def answer(desk: Desk, event: PartnerEvent, said: PartnerAnswer) -> None:
    async with desk.database.transaction() as tx:
        referral = await moving.held(tx, event.referral_id, organization_id=event.organization_id)
        await answering.answer(tx, desk.finder, referral, said, recorded_by=event.organization_id)


async def ledger(desk: Desk, client_id: UUID) -> list[tuple[str, str]]:
    async with desk.database.reading() as conn:
        rows = await conn.fetch(
            "select channel, what from disclosure where client_id = $1 order by id", client_id
        )
    return [(row["channel"], row["what"]) for row in rows]


async def queued(desk: Desk) -> list[tuple[str, int]]:
    async with desk.database.reading() as conn:
        rows = await conn.fetch("select way, position from delivery order by way, position")
    return [(row["way"], row["position"]) for row in rows]


def allowing(*scopes: InformationScope) -> HelpNeeded:
    client_id = new_id()
    return help_needed(
        client=client_context(client_id=client_id),
        consents=(consent(client_id=client_id, scopes=frozenset(scopes), any_matched_service=True),),
    )


async def test_a_partner_hears_a_request_and_then_each_move_in_order(desk: Desk) -> None:
    service = await with_partner(desk)
    await desk.deliver(delivery(help_needed()))
    (requested,) = await heard(desk, service.organization_id)

    await answer(desk, requested, Accepts(answer="accept"))
    await answer(desk, requested, Accepts(answer="accept"))

    events = await heard(desk, service.organization_id)
    assert [(e.verb, e.position, e.sequence) for e in events] == [
        (Verb.REQUESTED, 1, 1),
        (Verb.ANSWERED, 2, 2),
    ]
    _, data = publishing.cloud_event(events[1], now=MONDAY_MORNING)
    assert data["status"] == "accepted"
    assert data["client"] is None


async def test_a_notice_is_what_its_published_schema_says(desk: Desk, clock: ManualClock) -> None:
    service = await with_partner(desk)
    needed = allowing(*EVERYTHING)
    await desk.deliver(delivery(contact_changed(client_id=needed.client_id)))
    await desk.deliver(delivery(needed))

    (event,) = await heard(desk, service.organization_id)
    attributes, data = publishing.cloud_event(event, now=clock.now())

    notice = next(n for n in NOTICES if n.type_name() == attributes.type).model_validate(data)
    assert notice.model_dump(mode="json") == data
    assert notice.notice == NOTICE
    assert notice.client is not None
    assert notice.client.words == needed.words
    assert notice.consent.id == needed.consents[0].id
    assert str(needed.client_id) not in str(data)


@pytest.mark.parametrize("missing", [InformationScope.OWN_WORDS, InformationScope.NAME_AND_CONTACT])
async def test_what_the_client_did_not_agree_to_is_not_in_the_notice(
    desk: Desk, missing: InformationScope
) -> None:
    service = await with_partner(desk)
    needed = allowing(*EVERYTHING - {missing})
    said = contact_changed(client_id=needed.client_id)
    await desk.deliver(delivery(said))
    await desk.deliver(delivery(needed))

    (event,) = await heard(desk, service.organization_id)

    told = str(event.data) + str(event.client)
    hidden = needed.words if missing is InformationScope.OWN_WORDS else said.full_name
    assert hidden not in told


async def test_every_way_gets_its_delivery_and_every_telling_its_line(desk: Desk) -> None:
    service = await with_partner(desk, Way.NATS, Way.WEBHOOK, Way.LINK)
    needed = help_needed()
    await desk.deliver(delivery(needed))
    (requested,) = await heard(desk, service.organization_id)

    await answer(desk, requested, Accepts(answer="accept"))

    assert await queued(desk) == [("link", 1), ("nats", 1), ("nats", 2), ("webhook", 1), ("webhook", 2)]
    lines = await ledger(desk, needed.client_id)
    assert [channel for channel, _ in lines] == ["nats", "webhook", "nats", "webhook"]
    assert lines[2] == ("nats", "that their answer was taken")


async def test_an_organisation_that_is_no_partner_is_told_by_staff(desk: Desk) -> None:
    await desk.add(listing())
    needed = help_needed()

    await desk.deliver(delivery(needed))

    assert [channel for channel, _ in await ledger(desk, needed.client_id)] == ["staff"]
    assert await desk.count("partner_event") == 0


async def test_a_new_partner_hears_of_what_was_sent_before_it_was_one(desk: Desk) -> None:
    service = listing()
    await desk.add(service)
    await desk.deliver(delivery(help_needed()))

    await let_in(desk, service.organization_id, Way.NATS)
    async with desk.database.transaction() as tx:
        await telling.introduce(tx, service.organization_id)

    assert [e.verb for e in await heard(desk, service.organization_id)] == [Verb.REQUESTED]


async def test_a_referral_sent_while_its_organisation_became_a_partner_is_heard_of_in_the_end(
    desk: Desk,
) -> None:
    service = listing()
    await desk.add(service)
    await desk.deliver(delivery(help_needed()))
    async with desk.database.transaction() as tx:
        await partners.insert_partner(tx.conn, service.organization_id, name="Aire Valley Wheels", now=tx.now)

    assert [await introduce_partners(desk.database) for _ in range(2)] == [1, 0]

    assert [e.verb for e in await heard(desk, service.organization_id)] == [Verb.REQUESTED]


async def test_a_revoked_consent_takes_the_content_out_of_everything_that_was_said(desk: Desk) -> None:
    service = await with_partner(desk, Way.WEBHOOK)
    needed = allowing(*EVERYTHING)
    await desk.deliver(delivery(needed))
    taken_back = consent_revoked(
        client_id=needed.client_id, consent_id=needed.consents[0].id, revoked_at=MONDAY_MORNING
    )

    await desk.deliver(delivery(taken_back))

    events = await heard(desk, service.organization_id)
    assert [e.verb for e in events] == [Verb.REQUESTED, Verb.REVOKED]
    assert [e.client for e in events] == [None, None]
    for event in events:
        _, data = publishing.cloud_event(event, now=MONDAY_MORNING)
        assert '"scopes": []' in json.dumps(data)
        assert needed.words not in str(data)


async def test_after_the_consent_has_run_out_a_notice_says_nothing_of_the_client(desk: Desk) -> None:
    service = await with_partner(desk)
    client_id = new_id()
    ends = MONDAY_MORNING + timedelta(hours=1)
    await desk.deliver(
        delivery(
            help_needed(
                client=client_context(client_id=client_id),
                consents=(
                    consent(
                        client_id=client_id, scopes=EVERYTHING, any_matched_service=True, expires_at=ends
                    ),
                ),
            )
        )
    )
    (event,) = await heard(desk, service.organization_id)

    assert publishing.cloud_event(event, now=MONDAY_MORNING)[1]["client"] is not None
    assert publishing.cloud_event(event, now=ends)[1]["client"] is None


async def test_a_new_telephone_number_replaces_the_old_one_in_what_partners_hear(desk: Desk) -> None:
    service = await with_partner(desk)
    needed = allowing(*EVERYTHING)
    await desk.deliver(delivery(contact_changed(client_id=needed.client_id, version=1)))
    await desk.deliver(delivery(needed))

    await desk.deliver(
        delivery(contact_changed(client_id=needed.client_id, version=2, full_name="Wren Tolliver"))
    )
    await desk.deliver(
        delivery(contact_changed(client_id=needed.client_id, version=3, full_name="Wren Tolliver"))
    )

    before, after = await heard(desk, service.organization_id)
    assert (before.verb, before.client) == (Verb.REQUESTED, None)
    assert after.verb is Verb.CONTACT_CHANGED
    assert after.client is not None
    assert after.client["full_name"] == "Wren Tolliver"


async def test_an_old_telephone_number_is_told_no_more_about_a_referral_that_has_ended_either(
    desk: Desk,
) -> None:
    service = await with_partner(desk)
    needed = allowing(*EVERYTHING)
    await desk.deliver(delivery(contact_changed(client_id=needed.client_id, version=1)))
    await desk.deliver(delivery(needed))
    (requested,) = await heard(desk, service.organization_id)
    await answer(desk, requested, Declines(answer="decline", reason=ReasonCode.OTHER, text="Not us."))

    await desk.deliver(
        delivery(contact_changed(client_id=needed.client_id, version=2, full_name="Wren Tolliver"))
    )

    events = await heard(desk, service.organization_id)
    assert [(e.verb, e.client) for e in events] == [(Verb.REQUESTED, None), (Verb.ANSWERED, None)]


async def test_what_had_not_gone_out_when_it_was_taken_back_goes_out_without_the_client(
    desk: Desk,
) -> None:
    service = await with_partner(desk, Way.WEBHOOK)
    needed = allowing(*EVERYTHING)
    await desk.deliver(delivery(needed))
    (requested,) = await heard(desk, service.organization_id)
    assert requested.client is not None

    await desk.deliver(delivery(help_withdrawn(needed)))

    events = await heard(desk, service.organization_id)
    assert [(e.verb, e.client) for e in events] == [(Verb.REQUESTED, None), (Verb.CANCELLED, None)]


async def test_a_way_that_begins_while_something_is_being_told_misses_nothing(desk: Desk) -> None:
    service = await with_partner(desk)
    async with desk.database.transaction() as tx:
        await partners.lock_partner(tx.conn, service.organization_id)
        await partner_ways.begin(tx.conn, service.organization_id, Way.NATS, now=tx.now)
        being_told = asyncio.create_task(desk.deliver(delivery(help_needed())))
        await eventually(lambda: somebody_waits(desk), 1)
    await being_told

    assert await queued(desk) == [("nats", 1)]


async def somebody_waits(desk: Desk) -> int:
    """How many wait for what somebody else holds."""
    async with desk.database.reading() as conn:
        return int(
            await conn.fetchval(
                "select count(*) from pg_stat_activity"
                " where datname = current_database() and wait_event_type = 'Lock'"
            )
        )


async def test_the_clients_no_and_a_withdrawn_barrier_reach_the_partner_without_their_reasons(
    desk: Desk,
) -> None:
    service = await with_partner(desk)
    first, second = help_needed(), help_needed()
    await desk.deliver(delivery(first), delivery(second))
    await desk.deliver(
        delivery(
            client_changed(
                client=client_context(
                    client_id=first.client_id, version=9, excluded_organizations=[service.organization_id]
                )
            )
        )
    )
    await desk.deliver(delivery(help_withdrawn(second, reason="My own affair")))

    events = await heard(desk, service.organization_id, after=2)

    assert [(e.verb, e.data["reason"], e.data["reason_text"]) for e in events] == [
        (Verb.DECLINED, "client_declined", None),
        (Verb.CANCELLED, "barrier_withdrawn", None),
    ]


async def test_what_a_partner_reads_by_itself_is_one_line_for_each_content(desk: Desk) -> None:
    service = await with_partner(desk, Way.NATS)
    needed = allowing(InformationScope.NEED)
    await desk.deliver(delivery(needed))
    (event,) = await heard(desk, service.organization_id)

    for _ in range(2):
        async with desk.database.transaction() as tx:
            referral = await moving.held(tx, event.referral_id)
            known = await reading.read(tx, [referral], channel=Channel.FEED)
            assert known.told[referral.id].words is None

    assert await ledger(desk, needed.client_id) == [
        ("nats", "what help is wanted"),
        ("feed", "what help is wanted"),
    ]


async def test_positions_have_no_gaps_and_appear_in_order_while_many_are_written(
    desk: Desk, another_desk: AbstractAsyncContextManager[Desk]
) -> None:
    service = await with_partner(desk, Way.NATS)
    seen: list[int] = []

    async def read_along() -> None:
        while len(seen) < 60:
            seen.extend(
                e.position for e in await heard(desk, service.organization_id, seen[-1] if seen else 0)
            )
            await asyncio.sleep(0)

    async def write(copy: Desk, batches: Sequence[int]) -> None:
        for size in batches:
            await copy.deliver(*(delivery(help_needed()) for _ in range(size)))

    async with another_desk as other, asyncio.timeout(30):
        async with other.database.reading() as conn:
            await other.finder.refresh(conn)
        await asyncio.gather(read_along(), write(desk, [1, 7, 2, 20]), write(other, [5, 1, 14, 10]))

    assert seen == list(range(1, 61))


async def test_a_decline_prepares_the_runner_up_and_only_the_one_who_was_asked_hears_of_it(
    desk: Desk,
) -> None:
    first, second = sorted((listing(), listing()), key=lambda one: one.service_id.int)
    await desk.add(first, second)
    for one in (first, second):
        await let_in(desk, one.organization_id)
    await desk.deliver(delivery(help_needed()))
    (asked,) = await heard(desk, first.organization_id)

    await answer(
        desk, asked, Declines(answer="decline", reason=ReasonCode.NO_CAPACITY, text="Full until spring.")
    )

    events = await heard(desk, first.organization_id)
    assert [(e.verb, e.data["reason_text"]) for e in events[1:]] == [(Verb.ANSWERED, "Full until spring.")]
    assert await heard(desk, second.organization_id) == []
