"""What navigation does with what it hears: once, in any order, and never beyond what the client allows."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from random import Random

import asyncpg
import pytest

from contracts.event import Event
from contracts.events.barriers import HelpNeeded
from contracts.events.intake import ConsentGranted, ConsentRevoked
from contracts.events.navigation import (
    HelpUnmatched,
    ReferralConfirmed,
    ReferralDrafted,
    ReferralEnded,
    ReferralRequested,
)
from contracts.terms import Capacity, ChangedBy, ClientConfirmed, ReasonCode, ReferralStatus, ReplyKind, Wish
from contracts.values import Candidate
from services.navigation.commands import moving
from services.navigation.model.referrals import Accept, Complete
from services.navigation.policy.disclosure import NOTICE
from shared.bus import Delivery
from shared.ids import new_id
from tests.support.builders import (
    MONDAY_MORNING,
    client_changed,
    client_context,
    consent,
    consent_granted,
    consent_revoked,
    contact_changed,
)
from tests.support.builders_navigation import (
    delivery,
    help_needed,
    help_withdrawn,
    listing,
    reply_received,
)
from tests.support.navigation import Desk, add_services

HOUR = timedelta(hours=1)


def revoked(needed: HelpNeeded) -> ConsentRevoked:
    """The client takes back the consent that came with this request for help."""
    return consent_revoked(
        client_id=needed.client_id, consent_id=needed.consents[0].id, revoked_at=MONDAY_MORNING
    )


async def sent_one(desk: Desk) -> ReferralRequested:
    await desk.deliver(delivery(help_needed()))
    return (await desk.stated(ReferralRequested))[-1]


async def test_help_is_looked_for_in_the_directory_as_it_is_at_that_moment(desk: Desk) -> None:
    async with desk.database.reading() as conn:
        await add_services(conn, [listing()])

    await desk.deliver(delivery(help_needed()))

    assert len(await desk.stated(ReferralRequested)) == 1


async def test_help_that_may_go_ahead_is_sent_with_its_line_in_the_ledger(desk: Desk) -> None:
    first, second = sorted((listing(), listing()), key=lambda one: one.service_id.int)
    await desk.add(first, second)
    needed = help_needed()
    came = delivery(needed)

    await desk.deliver(came)

    (requested,) = await desk.stated(ReferralRequested)
    assert requested.service_id == first.service_id
    assert requested.runner_up_id == second.service_id
    assert requested.consent_id == needed.consents[0].id
    assert requested.status is ReferralStatus.REQUESTED
    assert requested.version == 1
    assert requested.acknowledge_by == MONDAY_MORNING + timedelta(days=2)
    async with desk.database.reading() as conn:
        line = await conn.fetchrow("select * from disclosure")
        event = await conn.fetchrow("select correlation_id, causation_id from event")
    assert line is not None
    assert line["organization_id"] == first.organization_id
    assert line["consent_id"] == needed.consents[0].id
    assert line["notice"] == NOTICE
    assert line["told_at"] == MONDAY_MORNING
    assert event is not None
    assert event["causation_id"] == came.envelope.id
    assert event["correlation_id"] == came.envelope.correlation_id


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"consents": ()}, "may be told"),
        ({"wish": Wish.ASK_ME_FIRST}, "asked first"),
        ({"send_allowed": False}, "talk over with a person"),
    ],
    ids=["no consent", "ask me first", "a person looks first"],
)
async def test_help_that_may_not_be_sent_is_prepared_and_nothing_is_disclosed(
    desk: Desk, fields: dict[str, object], words: str
) -> None:
    await desk.add(listing())

    await desk.deliver(delivery(help_needed(**fields)))

    (drafted,) = await desk.stated(ReferralDrafted)
    assert words in drafted.why_not_sent
    assert await desk.stated(ReferralRequested) == []
    assert await desk.count("disclosure") == 0


async def test_help_that_nobody_can_give_says_what_was_considered(desk: Desk) -> None:
    await desk.add(listing(capacity=Capacity.NONE))

    await desk.deliver(delivery(help_needed()))

    (unmatched,) = await desk.stated(HelpUnmatched)
    assert [c.reason for c in unmatched.rejected[0].checks] == ["It has no places at the moment."]
    assert await desk.count("referral") == 0


async def test_one_referral_however_often_the_request_comes(desk: Desk) -> None:
    await desk.add(listing())
    came = delivery(help_needed())

    await desk.deliver(came)
    await desk.deliver(came)
    await desk.deliver(delivery(came.event), delivery(came.event))

    assert await desk.count("referral") == 1
    assert await desk.count("disclosure") == 1
    assert len(await desk.stated(ReferralRequested)) == 1


async def test_two_copies_that_get_the_same_request_at_once_send_one_referral(
    desk: Desk, another_desk: AbstractAsyncContextManager[Desk]
) -> None:
    await desk.add(listing())
    needed = [help_needed() for _ in range(10)]
    async with another_desk as other:
        await other.add()
        await asyncio.gather(
            desk.deliver(*(delivery(n) for n in needed)),
            other.deliver(*(delivery(n) for n in reversed(needed))),
        )

    assert await desk.count("referral") == 10
    assert len(await desk.stated(ReferralRequested)) == 10


async def test_while_a_referral_is_under_way_the_same_barrier_gets_no_second_one(desk: Desk) -> None:
    await desk.add(listing(), listing())
    needed = help_needed()
    await desk.deliver(delivery(needed))

    await desk.deliver(delivery(needed.model_copy(update={"help_id": new_id()})))

    assert await desk.statuses(needed.barrier_id) == ["requested"]


async def test_a_newer_request_takes_the_place_of_a_draft(desk: Desk) -> None:
    await desk.add(listing())
    waiting = help_needed(consents=())
    await desk.deliver(delivery(waiting))
    allowed = consent(client_id=waiting.client_id)

    await desk.deliver(delivery(waiting.model_copy(update={"help_id": new_id(), "consents": (allowed,)})))

    assert await desk.statuses(waiting.barrier_id) == ["cancelled", "requested"]
    (ended,) = await desk.stated(ReferralEnded)
    assert ended.reason is ReasonCode.SUPERSEDED


async def test_help_withdrawn_stops_what_is_under_way_and_what_waits(desk: Desk) -> None:
    await desk.add(listing())
    sent, waiting = help_needed(), help_needed(consents=())
    await desk.deliver(delivery(sent), delivery(waiting))

    await desk.deliver(delivery(help_withdrawn(sent)), delivery(help_withdrawn(waiting)))

    assert await desk.statuses(sent.barrier_id) == ["cancelled"]
    assert await desk.statuses(waiting.barrier_id) == ["cancelled"]
    ended = await desk.stated(ReferralEnded)
    assert {(e.reason, e.by) for e in ended} == {(ReasonCode.BARRIER_WITHDRAWN, ChangedBy.CLIENT)}


async def test_help_withdrawn_before_the_request_arrives_is_never_sent(desk: Desk) -> None:
    await desk.add(listing())
    needed = help_needed()

    await desk.deliver(delivery(help_withdrawn(needed)))
    await desk.deliver(delivery(needed))

    assert await desk.count("referral") == 0
    assert await desk.count("disclosure") == 0


async def test_help_asked_for_again_after_a_withdrawal_is_sent_and_the_old_no_does_not_stop_it(
    desk: Desk,
) -> None:
    await desk.add(listing())
    first = help_needed()
    again = first.model_copy(update={"help_id": new_id(), "needed_at": MONDAY_MORNING + 2 * HOUR})

    await desk.deliver(delivery(again))
    await desk.deliver(delivery(help_withdrawn(first)))

    assert await desk.statuses(first.barrier_id) == ["requested"]


async def test_a_revoked_consent_cancels_what_rests_on_it_at_once(desk: Desk) -> None:
    await desk.add(listing())
    needed, untouched = help_needed(), help_needed()
    await desk.deliver(delivery(needed), delivery(untouched))

    await desk.deliver(delivery(revoked(needed)))

    (ended,) = await desk.stated(ReferralEnded)
    assert ended.barrier_id == needed.barrier_id
    assert ended.reason is ReasonCode.CONSENT_REVOKED
    assert await desk.statuses(untouched.barrier_id) == ["requested"]


@pytest.mark.parametrize("granted_too", [False, True], ids=["revocation alone", "grant after it"])
async def test_a_consent_revoked_before_the_request_arrives_sends_nothing(
    desk: Desk, *, granted_too: bool
) -> None:
    await desk.add(listing())
    needed = help_needed()

    await desk.deliver(delivery(revoked(needed)))
    if granted_too:
        granted = ConsentGranted(client_id=needed.client_id, consent=needed.consents[0])
        await desk.deliver(delivery(granted))
    await desk.deliver(delivery(needed))

    assert await desk.statuses(needed.barrier_id) == ["draft"]
    assert await desk.count("disclosure") == 0


async def test_a_consent_that_only_its_own_event_told_of_is_enough(desk: Desk) -> None:
    await desk.add(listing())
    needed = help_needed(consents=())
    allowed = consent(client_id=needed.client_id)

    await desk.deliver(delivery(consent_granted(consent=allowed)))
    await desk.deliver(delivery(needed))

    (requested,) = await desk.stated(ReferralRequested)
    assert requested.consent_id == allowed.id


async def test_an_organisation_ruled_out_later_gets_nothing_more(desk: Desk) -> None:
    service = listing()
    await desk.add(service)
    needed = help_needed()
    await desk.deliver(delivery(needed))
    changed = needed.client.model_copy(
        update={"version": 2, "excluded_organizations": frozenset({service.organization_id})}
    )

    await desk.deliver(delivery(client_changed(client=changed)))

    (ended,) = await desk.stated(ReferralEnded)
    assert (ended.by, ended.reason) == (ChangedBy.CLIENT, ReasonCode.CLIENT_DECLINED)


async def test_what_is_known_of_the_client_is_the_newest_version_whatever_came_last(desk: Desk) -> None:
    await desk.add(listing())
    now = client_context(version=3, language="so")
    then = now.model_copy(update={"version": 1, "language": "en"})

    await desk.deliver(delivery(client_changed(client=now)))
    await desk.deliver(delivery(help_needed(client=then)))

    (unmatched,) = await desk.stated(HelpUnmatched)
    assert "so" in unmatched.rejected[0].checks[0].reason


async def _completed(desk: Desk) -> ReferralRequested:
    requested = await sent_one(desk)
    async with desk.database.transaction() as tx:
        referral = await moving.held(tx, requested.referral_id)
        for made in (Accept(), Complete(outcome="A ride.")):
            referral = await moving.move(
                tx, desk.finder, referral, made, by=ChangedBy.PARTNER, recorded_by=new_id()
            )
    return requested


@pytest.mark.parametrize(
    ("kind", "expected"), [(ReplyKind.YES, ClientConfirmed.YES), (ReplyKind.NO, ClientConfirmed.NO)]
)
async def test_the_clients_answer_is_the_last_word(
    desk: Desk, kind: ReplyKind, expected: ClientConfirmed
) -> None:
    await desk.add(listing())
    done = await _completed(desk)
    reply = reply_received(client_id=done.client_id, referral_id=done.referral_id, kind=kind)

    await desk.deliver(delivery(reply))
    await desk.deliver(delivery(reply))

    (confirmed,) = await desk.stated(ReferralConfirmed)
    assert confirmed.client_confirmed is expected


async def test_a_reply_about_somebody_elses_referral_or_to_another_question_changes_nothing(
    desk: Desk,
) -> None:
    await desk.add(listing())
    done = await _completed(desk)

    await desk.deliver(delivery(reply_received(referral_id=done.referral_id)))
    await desk.deliver(
        delivery(
            reply_received(client_id=done.client_id, referral_id=done.referral_id, message_kind="check_in")
        )
    )
    await desk.deliver(
        delivery(
            reply_received(client_id=done.client_id, referral_id=done.referral_id, kind=ReplyKind.FREE_TEXT)
        )
    )

    assert await desk.stated(ReferralConfirmed) == []


def _story(seed: int) -> list[Delivery[Event]]:
    """Many requests, repeats and second requests for the same barriers."""
    random = Random(seed)
    needed = [help_needed(consents=()) if random.random() < 0.4 else help_needed() for _ in range(30)]
    again = [
        n.model_copy(update={"help_id": new_id(), "consents": (consent(client_id=n.client_id),)})
        for n in random.sample(needed, 10)
    ]
    return [delivery(n) for n in [*needed, *random.sample(needed, 5), *again]]


async def _told(desk: Desk) -> set[tuple[object, ...]]:
    return {
        (type(e).__name__, e.barrier_id, e.service_id, e.status, e.version)
        for kind in (ReferralDrafted, ReferralRequested, ReferralEnded)
        for e in await desk.stated(kind)
    }


@pytest.mark.parametrize("seed", [1, 2])
async def test_one_batch_tells_the_same_story_as_one_message_after_another(
    desk: Desk, elsewhere: AbstractAsyncContextManager[Desk], seed: int
) -> None:
    services = [listing() for _ in range(5)]
    story = _story(seed)

    await desk.add(*services)
    await desk.deliver(*story)

    async with elsewhere as other:
        await other.add(*services)
        for one in story:
            await other.deliver(one)
        assert await _told(desk) == await _told(other)
    assert len(await _told(desk)) >= 30


async def test_the_ledger_cannot_be_changed_by_the_service_that_writes_it(desk: Desk) -> None:
    await desk.add(listing())
    await sent_one(desk)

    async with desk.database.reading() as conn:
        for statement in (
            "update disclosure set what = 'nothing'",
            "delete from disclosure",
            "delete from answer",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(statement)


async def test_nobody_who_says_no_while_help_is_being_arranged_is_sent_anywhere(
    desk: Desk, another_desk: AbstractAsyncContextManager[Desk]
) -> None:
    await desk.add(listing())
    needed = [help_needed() for _ in range(12)]
    async with another_desk as other:
        await other.add()
        await asyncio.gather(
            desk.deliver(*(delivery(n) for n in needed)),
            other.deliver(*(delivery(help_withdrawn(n)) for n in reversed(needed[:6]))),
            other.deliver(*(delivery(revoked(n)) for n in needed[6:])),
        )

    async with desk.database.reading() as conn:
        live = await conn.fetchval("select count(*) from referral where status = 'requested'")
    assert live == 0


async def test_how_to_reach_the_client_is_kept_by_version(desk: Desk) -> None:
    client_id = new_id()

    await desk.deliver(delivery(contact_changed(client_id=client_id, version=2, full_name="Amina Okafor")))
    await desk.deliver(delivery(contact_changed(client_id=client_id, version=1)))

    async with desk.database.reading() as conn:
        kept = await conn.fetchval("select contact ->> 'full_name' from client where id = $1", client_id)
    assert kept == "Amina Okafor"


async def test_candidates_are_stated_with_the_reasons_of_those_that_do_not_fit(desk: Desk) -> None:
    await desk.add(listing(), listing(languages=frozenset({"so"})))

    requested = await sent_one(desk)

    def rejected(candidate: Candidate) -> bool:
        return candidate.rank is None

    assert [rejected(c) for c in requested.candidates] == [False, True]
    assert "not among those spoken" in requested.candidates[1].checks[0].reason
