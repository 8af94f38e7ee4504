"""Sending to endpoints that are slow, dead, flapping and gone, with senders that are killed at any moment."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from cloudevents.http import from_http
from standardwebhooks import Webhook

from contracts.published.events import Verb
from deploy.local.ports import free_port
from services.navigation.channels.webhook_door import Door
from services.navigation.channels.webhooks import Compose, Poster
from services.navigation.commands.webhook_sending import FRESH_SECONDS, WebhookSender
from services.navigation.commands.webhooks import disable, enable, replay, tidy
from services.navigation.model.webhooks import Outcome
from services.navigation.policy import webhooks as policy
from services.navigation.store import partner_events, partner_ways, webhooks
from shared.clock import real_now
from shared.errors import Conflict
from tests.support.eventually import eventually
from tests.support.navigation import Desk
from tests.support.receiver import Received, Receiver, Reply, receiving
from tests.support.webhooks import PostOffice


@pytest.fixture
def office(desk: Desk) -> PostOffice:
    return PostOffice(desk.database)


async def run_until_quiet(office: PostOffice, sender: WebhookSender) -> int:
    """Let a sender send all that can be sent now; returns how many attempts that took."""
    attempts = 0
    while more := await sender.run():
        attempts += more
        await eventually(office.nothing_in_hand)
    return attempts


async def test_what_is_posted_is_a_signed_cloud_event_that_others_libraries_understand(
    office: PostOffice,
) -> None:
    async with receiving() as receiver, office.sender() as sender:
        organization_id = await office.partner(receiver)
        ((made, (event,)),) = await office.refer(organization_id)
        await run_until_quiet(office, sender)

    (received,) = receiver.received
    body = Webhook(office.secrets[organization_id]).verify(received.body, dict(received.headers))
    assert received.id == str(event.id)
    parsed = from_http(dict(received.headers), received.body)
    assert parsed["id"] == str(event.id)
    assert parsed["type"] == "referrals.requested.v1"
    assert parsed["subject"] == str(made.id)
    assert parsed.data["client"]["category"] == "transport"
    assert str(made.client_id) not in json.dumps(body)
    assert await office.states(organization_id) == [("delivered", 1)]


async def test_the_order_of_a_referral_is_kept_and_others_need_not_wait(office: PostOffice) -> None:
    failing: set[str] = set()
    async with receiving() as receiver, office.sender() as sender:
        receiver.behave = lambda got: Reply(500 if got.id in failing else 204)
        organization_id = await office.partner(receiver)
        (_, first), (_, second) = await office.refer(
            organization_id, Verb.REQUESTED, Verb.ANSWERED, Verb.CANCELLED, many=2
        )
        failing.add(str(first[1].id))
        await run_until_quiet(office, sender)
        expected = {str(first[0].id), str(first[1].id), *(str(event.id) for event in second)}
        assert set(receiver.ids) == expected
        assert [i for i in receiver.ids if i in {str(e.id) for e in second}] == [str(e.id) for e in second]

        failing.clear()
        await office.make_due()
        await run_until_quiet(office, sender)

    assert receiver.ids[-2:] == [str(first[1].id), str(first[2].id)]
    assert {state for state, _ in await office.states(organization_id)} == {"delivered"}


async def test_after_the_last_attempt_it_is_given_up_visibly_and_what_follows_goes_out(
    office: PostOffice,
) -> None:
    async with receiving() as receiver, office.sender() as sender:
        organization_id = await office.partner(receiver)
        ((_, (lost, follows)),) = await office.refer(organization_id, Verb.REQUESTED, Verb.CANCELLED)
        receiver.behave = lambda got: Reply(500 if got.id == str(lost.id) else 204)
        # Once more than there are attempts: what follows goes out through a breaker that is half open.
        for _ in (*policy.SCHEDULE, None):
            await office.make_due()
            await run_until_quiet(office, sender)

        assert await office.states(organization_id) == [("given_up", 10), ("delivered", 1)]
        assert receiver.ids == [str(lost.id)] * 10 + [str(follows.id)]

        async with office.database.reading() as conn:
            log = await webhooks.attempts(conn, organization_id, after=None, limit=20)
        assert [(a.number, a.status, a.error) for a in log[-1:]] == [(1, 500, "it answered 500")]
        assert len(log) == 11


async def test_what_waited_longer_than_all_attempts_take_is_given_up_and_a_replay_brings_it_back(
    office: PostOffice,
) -> None:
    async with receiving() as receiver, office.sender() as sender:
        organization_id = await office.partner(receiver)
        await office.refer(organization_id)
        begun = real_now() - timedelta(minutes=1)
        async with office.database.transaction() as tx:
            await disable(tx, organization_id, why="test")
            await tx.conn.execute("update delivery set queued_at = queued_at - interval '84 hours'")
        assert await tidy(office.database) == 1
        assert await office.states(organization_id) == [("given_up", 0)]

        async with office.database.transaction() as tx:
            await enable(tx, organization_id)
            assert await replay(tx, organization_id, since=begun) == 1
        await run_until_quiet(office, sender)
        assert await office.states(organization_id) == [("delivered", 1)]


async def test_the_breaker_leaves_a_dead_endpoint_in_peace_and_one_request_finds_out(
    office: PostOffice,
) -> None:
    receiver = Receiver(port=free_port())
    async with office.sender() as sender:
        organization_id = await office.partner(receiver)
        await office.refer(organization_id, many=30)
        attempts = await run_until_quiet(office, sender)
        assert policy.FAILURES_TO_OPEN <= attempts < 30
        assert await sender.run() == 0

        await office.make_due()
        assert await run_until_quiet(office, sender) == 1

        await receiver.start()
        await office.make_due()
        assert await sender.run() == 1
        await eventually(office.nothing_in_hand)
        await run_until_quiet(office, sender)
        await office.make_due()
        await run_until_quiet(office, sender)
        await receiver.stop()

    assert [state for state, _ in await office.states(organization_id)] == ["delivered"] * 30
    assert len(set(receiver.ids)) == 30


async def test_a_flapping_endpoint_gets_everything_in_the_end_and_in_order(office: PostOffice) -> None:
    turns = 0

    def flapping(_: Received) -> Reply:
        nonlocal turns
        turns += 1
        return Reply(204 if turns % 3 == 0 else 503)

    async with receiving() as receiver, office.sender() as sender:
        organization_id = await office.partner(receiver)
        told = await office.refer(organization_id, Verb.REQUESTED, Verb.ANSWERED, many=4)
        receiver.behave = flapping
        for _ in range(60):
            await office.make_due()
            await run_until_quiet(office, sender)

    assert {state for state, _ in await office.states(organization_id)} == {"delivered"}
    for _, (first, second) in told:
        last_of_first = max(n for n, found in enumerate(receiver.ids) if found == str(first.id))
        assert last_of_first < receiver.ids.index(str(second.id))


async def test_an_endpoint_that_answers_410_is_asked_no_more_until_somebody_says_so(
    office: PostOffice,
) -> None:
    async with receiving() as receiver, office.sender() as sender:
        organization_id = await office.partner(receiver)
        receiver.behave = lambda _: Reply(410)
        await office.refer(organization_id)
        await run_until_quiet(office, sender)
        await office.refer(organization_id)
        await office.make_due()
        assert await sender.run() == 0
        async with office.database.reading() as conn:
            health = (await webhooks.endpoints(conn, [organization_id]))[organization_id].health
        assert "410" in (health.disabled_why or "")

        receiver.behave = lambda _: Reply()
        async with office.database.transaction() as tx:
            await enable(tx, organization_id)
        await run_until_quiet(office, sender)

    assert await office.states(organization_id) == [("delivered", 2), ("delivered", 1)]


async def test_retry_after_is_honoured_for_the_whole_endpoint(office: PostOffice) -> None:
    async with receiving() as receiver, office.sender() as sender:
        organization_id = await office.partner(receiver)
        receiver.behave = lambda _: Reply(429, {"Retry-After": "3600"})
        await office.refer(organization_id)
        await run_until_quiet(office, sender)
        await office.refer(organization_id, many=3)

        assert await sender.run() == 0
        async with office.database.reading() as conn:
            wait = await conn.fetchval("select min(due_at) filter (where attempts = 1) - now() from delivery")
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)
    assert len(receiver.received) == 1


async def test_a_slow_endpoint_delays_nobody_else(desk: Desk) -> None:
    office = PostOffice(desk.database, seconds=30.0)
    async with receiving() as slow, receiving() as quick, office.sender() as sender:
        slow.behave = lambda _: Reply(silence=True)
        await office.refer(await office.partner(slow), many=40)
        organization_id = await office.partner(quick)
        await sender.run()
        await office.refer(organization_id, many=20)
        # Far sooner than the slow one is given up.
        await eventually(sender.run, lambda _: len(quick.received) == 20, within=15)

        assert len(slow.received) <= policy.MOST_PER_ENDPOINT


async def test_no_endpoint_and_no_sender_has_more_in_hand_than_it_may(office: PostOffice) -> None:
    office.most_at_once = 10
    open_now: defaultdict[str, int] = defaultdict(int)
    most: defaultdict[str, int] = defaultdict(int)

    async def counting(url: str, compose: Compose) -> Outcome:
        for name in (url, "all"):
            open_now[name] += 1
            most[name] = max(most[name], open_now[name])
        try:
            return await office.webhooks.poster(url, compose)
        finally:
            for name in (url, "all"):
                open_now[name] -= 1

    async with receiving() as receiver, office.sender(counting) as sender:

        async def slowly(_: Received) -> Reply:
            await asyncio.sleep(0.02)
            return Reply()

        receiver.behave = slowly
        ids = [await office.partner(f"{receiver.url}/{number}") for number in range(5)]
        for organization_id in ids:
            await office.refer(organization_id, many=10)
        await eventually(sender.run, lambda _: len(receiver.received) == 50)

    assert most.pop("all") == 10
    assert len(most) == 5
    assert max(most.values()) <= policy.MOST_PER_ENDPOINT


async def test_two_copies_share_the_work_and_send_nothing_twice(office: PostOffice) -> None:
    async with receiving() as receiver, office.sender() as one, office.sender() as another:
        organization_id = await office.partner(receiver)
        told = await office.refer(organization_id, Verb.REQUESTED, Verb.ANSWERED, many=30)

        async def both() -> int:
            return sum(await asyncio.gather(one.run(), another.run()))

        await eventually(both, lambda _: len(receiver.received) >= 60)
        await eventually(office.nothing_in_hand)

    assert len(receiver.ids) == len(set(receiver.ids)) == 60
    for _, (first, second) in told:
        assert receiver.ids.index(str(first.id)) < receiver.ids.index(str(second.id))


async def test_what_a_sender_had_in_hand_when_it_died_goes_out_again_under_the_same_id(
    office: PostOffice,
) -> None:
    answered = asyncio.Event()

    async def dying(url: str, compose: Compose) -> Outcome:
        await office.webhooks.poster(url, compose)
        answered.set()
        # The partner has it, and we are gone before that is written down.
        await asyncio.Event().wait()
        raise AssertionError

    async with receiving() as receiver, office.sender() as sender:
        organization_id = await office.partner(receiver)
        ((_, (first, second)),) = await office.refer(organization_id, Verb.REQUESTED, Verb.CANCELLED)
        died = WebhookSender(
            office.database, dying, office.webhooks.vault, most_at_once=4, lease=timedelta(seconds=30)
        )
        await died.run()
        await asyncio.wait_for(answered.wait(), 5)

        assert await sender.run() == 0
        await office.lapse()
        await run_until_quiet(office, sender)

    assert receiver.ids == [str(first.id), str(first.id), str(second.id)]
    assert await office.states(organization_id) == [("delivered", 1), ("delivered", 1)]


async def test_a_sender_that_is_stopped_hands_back_what_has_no_answer_yet(office: PostOffice) -> None:
    async with receiving() as receiver:
        organization_id = await office.partner(receiver)
        receiver.behave = lambda _: Reply(silence=True)
        await office.refer(organization_id)
        async with office.sender() as sender:
            await sender.run()
            await eventually(lambda: len(receiver.received), 1)

        assert await office.states(organization_id) == [("waiting", 0)]
        receiver.behave = lambda _: Reply()
        async with office.sender() as next_one:
            assert await run_until_quiet(office, next_one) == 1


async def test_an_outcome_that_comes_too_late_does_not_count_as_a_failure_of_somebody_elses_attempt(
    office: PostOffice,
) -> None:
    go_on = asyncio.Event()

    async def late(_: Received) -> Reply:
        await go_on.wait()
        return Reply(500)

    async with receiving() as receiver, office.sender() as slow, office.sender() as quick:
        organization_id = await office.partner(receiver)
        await office.refer(organization_id)
        receiver.behave = late
        await slow.run()
        await eventually(lambda: len(receiver.received), 1)
        await office.lapse()
        receiver.behave = lambda _: Reply()
        await run_until_quiet(office, quick)
        go_on.set()
        await eventually(lambda: logged(office, organization_id), 2)

    assert await office.states(organization_id) == [("delivered", 1)]


async def logged(office: PostOffice, organization_id: UUID) -> int:
    async with office.database.reading() as conn:
        return len(await webhooks.attempts(conn, organization_id, after=None, limit=100))


async def test_what_was_withdrawn_before_a_retry_is_not_in_it(office: PostOffice, desk: Desk) -> None:
    async with receiving() as receiver, office.sender() as sender:
        organization_id = await office.partner(receiver)
        receiver.behave = lambda _: Reply(503)
        ((_, (event,)),) = await office.refer(organization_id)
        await run_until_quiet(office, sender)
        async with office.database.transaction() as tx:
            await partner_events.withdraw(tx.conn, [event.consent_id], now=tx.now)
        receiver.behave = lambda _: Reply()
        await office.make_due()
        await run_until_quiet(office, sender)

    before, after = (json.loads(received.body)["data"] for received in receiver.received)
    assert before["client"]["category"] == "transport"
    assert after["client"] is None
    assert after["consent"]["scopes"] == []


def connecting_slowly(until: asyncio.Event) -> Poster:
    """A poster that connects when the test wants, and later than what was read is fresh."""

    async def slowly(_: str) -> Sequence[str]:
        await asyncio.sleep(FRESH_SECONDS + 0.05)
        await until.wait()
        return ["127.0.0.1"]

    return Poster(Door(local_development=True, resolver=slowly), seconds=10)


async def test_what_is_withdrawn_while_the_endpoint_is_connected_to_is_not_told(office: PostOffice) -> None:
    connect = asyncio.Event()
    slow = connecting_slowly(connect)
    async with receiving() as receiver, office.sender(slow) as sender:
        organization_id = await office.partner(receiver)
        ((_, (event,)),) = await office.refer(organization_id)
        assert await sender.run() == 1
        async with office.database.transaction() as tx:
            await partner_events.withdraw(tx.conn, [event.consent_id], now=tx.now)
        connect.set()
        await eventually(office.nothing_in_hand)

    (received,) = receiver.received
    assert json.loads(received.body)["data"]["client"] is None
    assert Webhook(office.secrets[organization_id]).verify(received.body, dict(received.headers))


async def test_a_partner_that_is_shut_out_while_it_is_connected_to_hears_nothing(office: PostOffice) -> None:
    connect = asyncio.Event()
    slow = connecting_slowly(connect)
    async with receiving() as receiver, office.sender(slow) as sender:
        organization_id = await office.partner(receiver)
        await office.refer(organization_id)
        assert await sender.run() == 1
        async with office.database.transaction() as tx:
            await partner_ways.end_all(tx.conn, organization_id, now=tx.now)
        connect.set()
        await eventually(lambda: logged(office, organization_id), 1)

    assert receiver.received == []
    assert await office.states(organization_id) == [("given_up", 0)]


async def test_a_replay_tells_again_in_order_and_the_ledger_says_so(office: PostOffice, desk: Desk) -> None:
    async with receiving() as receiver, office.sender() as sender:
        organization_id = await office.partner(receiver)
        told = await office.refer(organization_id, Verb.REQUESTED, Verb.CANCELLED, many=2)
        await run_until_quiet(office, sender)
        sent = len(receiver.received)
        lines = await desk.count("disclosure")
        async with office.database.transaction() as tx:
            assert await replay(tx, organization_id, since=real_now() - timedelta(hours=1)) == 4
        await run_until_quiet(office, sender)
        again = receiver.ids[sent:]

        # Two of the four say something of a client.
        assert await desk.count("disclosure") == lines + 2
        async with office.database.transaction() as tx:
            await partner_events.withdraw(
                tx.conn, [each.consent_id for each, _ in told if each.consent_id], now=tx.now
            )
            await replay(tx, organization_id, since=real_now() - timedelta(hours=1))
        await run_until_quiet(office, sender)
        assert await desk.count("disclosure") == lines + 2

    for _, (first, second) in told:
        assert again.index(str(first.id)) < again.index(str(second.id))
    assert len(again) == 4


async def test_a_replay_waits_until_the_one_before_is_on_its_way(office: PostOffice) -> None:
    since = real_now() - timedelta(hours=1)
    async with receiving() as receiver, office.sender() as sender:
        organization_id = await office.partner(receiver)
        await office.refer(organization_id)
        await run_until_quiet(office, sender)
        async with office.database.transaction() as tx:
            assert await replay(tx, organization_id, since=since) == 1
            with pytest.raises(Conflict, match="still to be sent: 1"):
                await replay(tx, organization_id, since=since)
        await run_until_quiet(office, sender)
        async with office.database.transaction() as tx:
            assert await replay(tx, organization_id, since=since) == 1


async def test_a_new_address_is_not_blamed_for_the_old_one(office: PostOffice) -> None:
    dead = Receiver(port=free_port())
    async with receiving() as receiver, office.sender() as sender:
        organization_id = await office.partner(dead)
        await office.refer(organization_id, many=10)
        await run_until_quiet(office, sender)
        async with office.database.transaction() as tx:
            await webhooks.put(tx.conn, organization_id, receiver.url, now=real_now())
            await enable(tx, organization_id)
        await run_until_quiet(office, sender)

    assert {state for state, _ in await office.states(organization_id)} == {"delivered"}
