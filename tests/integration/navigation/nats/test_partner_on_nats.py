"""A partner's own system hears of a referral over NATS within a second, and answers it there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from cloudevents.conversion import to_dict
from cloudevents.http import from_http
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.events.barriers import HelpNeeded
from contracts.published.events import Requested
from contracts.terms import InformationScope
from services.navigation.api.messages import AT_A_TIME
from services.navigation.channels.stream import Bag, PartnersStream, Stored
from services.navigation.model.directory import Listing
from services.navigation.store import clients
from shared.ids import new_id
from tests.integration.navigation.conftest import Navigation
from tests.integration.navigation.nats.conftest import Partner, begun, connected
from tests.support.builders import MONDAY_MORNING, client_context, consent, consent_revoked, contact_changed
from tests.support.builders_navigation import delivery, help_needed, listing
from tests.support.clock import ManualClock
from tests.support.eventually import eventually

UNKNOWN = (
    b'{"referral_id": "01960000-0000-7000-8000-000000000001", "answer_id": "1", "said": {"answer": "accept"}}'
)
NEXT_WEEK = (MONDAY_MORNING + timedelta(days=7)).isoformat()


async def a_service(navigation: Navigation) -> Listing:
    service = listing()
    await navigation.add(service)
    return service


def everything_may_be_told() -> HelpNeeded:
    client_id = new_id()
    return help_needed(
        client=client_context(client_id=client_id),
        consents=(consent(client_id=client_id, scopes=frozenset(InformationScope)),),
    )


def referral_of(message: Msg) -> str:
    assert message.headers is not None
    return message.headers["ce-subject"]


async def test_a_partner_hears_of_a_referral_within_a_second_and_the_cloudevents_sdk_reads_it(
    navigation: Navigation,
) -> None:
    service = await a_service(navigation)
    hints, key = await begun(navigation, service.organization_id)
    async with connected(hints, key) as partner:
        needed = everything_may_be_told()
        await navigation.learn(contact_changed(client_id=needed.client_id))
        asked = asyncio.get_running_loop().time()
        await navigation.receive(delivery(needed))

        [message] = await partner.receive(within=2)

        assert asyncio.get_running_loop().time() - asked < 1.5
        assert message.headers is not None
        event = from_http(dict(message.headers), message.data)
        assert event["type"] == "referrals.requested.v1"
        assert event["sequence"] == "1"
        assert event["dataschema"] == "urn:foothold:referrals.requested.v1"
        assert message.subject == f"referrals.{service.organization_id}.requested.v1"
        notice = Requested.model_validate(to_dict(event)["data"])
        assert str(notice.referral_id) == event["subject"]
        assert notice.client is not None
        assert notice.client.words == needed.words
        assert str(needed.client_id) not in message.data.decode()
        assert partner.refusals == []


async def test_it_answers_twice_and_too_late_and_is_told_what_is_possible(navigation: Navigation) -> None:
    service = await a_service(navigation)
    hints, key = await begun(navigation, service.organization_id)
    async with connected(hints, key) as partner:
        await navigation.receive(delivery(help_needed()))
        referral_id = referral_of((await partner.receive())[0])

        taken = await partner.answer(referral_id, "accept", answer_id="a-1")
        again = await partner.answer(referral_id, "accept", answer_id="a-1")
        same = await partner.answer(referral_id, "accept", answer_id="a-2")
        met = await partner.answer(referral_id, "schedule", starts_at=NEXT_WEEK, remote=False)
        late = await partner.answer(referral_id, "decline", reason="other", text="Too late.")

        assert taken["status"] == "accepted"
        assert again == taken
        assert same["status"] == "accepted"
        assert met["business_status"] != taken["business_status"]
        assert late["status"] == 409
        assert "decline" not in json.dumps(late["possible"])
        assert "complete" in json.dumps(late["possible"])
        heard = await partner.receive(2)
        assert [m.subject.split(".")[2] for m in heard] == ["answered", "answered"]
        assert [m.headers["ce-sequence"] for m in heard if m.headers] == ["2", "3"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"yes", 422),
        (b'{"referral_id": "x", "answer_id": "1", "said": {"answer": "accept"}}', 422),
        (b'{"referral_id": "01960000-0000-7000-8000-000000000001", "answer_id": "1", "said": {}}', 422),
        (UNKNOWN, 404),
    ],
    ids=["nothing", "no JSON", "no identifier", "no answer", "unknown referral"],
)
async def test_what_cannot_be_taken_is_said_to_be_so(
    navigation: Navigation, body: bytes, status: int
) -> None:
    service = await a_service(navigation)
    hints, key = await begun(navigation, service.organization_id)
    async with connected(hints, key) as partner:
        reply = await partner.client.request(str(hints["answers"]), body, timeout=5)

        problem = json.loads(reply.data)
        assert problem["status"] == status
        assert problem["detail"]


async def test_one_answer_is_taken_once_though_the_reply_was_lost(navigation: Navigation) -> None:
    service = await a_service(navigation)
    hints, key = await begun(navigation, service.organization_id)
    async with connected(hints, key) as partner:
        await navigation.receive(delivery(help_needed()))
        referral_id = referral_of((await partner.receive())[0])
        body = {"referral_id": referral_id, "answer_id": "lost", "said": {"answer": "accept"}}
        # As if we had died between taking it and saying so: nobody hears the reply.
        for _ in range(3):
            await partner.client.publish(
                str(hints["answers"]), json.dumps(body).encode(), reply=f"{hints['inbox_prefix']}.nobody"
            )

        taken = await partner.answer(referral_id, "accept", answer_id="lost")

        assert taken["status"] == "accepted"
        async with navigation.service.database.reading() as conn:
            moves = await conn.fetchval(
                "select count(*) from answer where referral_id = $1 and move = 'accept'",
                UUID(referral_id),
            )
        assert moves == 1


async def test_however_fast_answers_come_only_so_many_are_in_hand_at_once(navigation: Navigation) -> None:
    service = await a_service(navigation)
    hints, key = await begun(navigation, service.organization_id)
    needed = help_needed()
    async with connected(hints, key) as partner:
        await navigation.receive(delivery(needed))
        [message] = await partner.receive()
        async with navigation.service.database.transaction() as tx:
            await clients.lock(tx.conn, [needed.client_id])
            many = [
                asyncio.create_task(partner.answer(referral_of(message), "accept", answer_id=str(each)))
                for each in range(60)
            ]
            await eventually(answers_in_hand, lambda found: found > 0)
            await partner.client.flush()
            assert await answers_in_hand() <= AT_A_TIME
        assert {(await each)["status"] for each in many} == {"accepted"}


async def answers_in_hand() -> int:
    return sum(task.get_name() == "answer" for task in asyncio.all_tasks())


async def test_a_partner_cannot_answer_for_another(navigation: Navigation) -> None:
    first, second = listing(), listing()
    await navigation.add(first, second)
    one, two = (
        await begun(navigation, first.organization_id),
        await begun(navigation, second.organization_id),
    )
    async with connected(*one) as asked_first, connected(*two) as asked_second:
        await navigation.receive(delivery(help_needed()))
        hers: Partner
        hers, other = await whoever_was_asked(asked_first, asked_second)
        referral_id = referral_of((await hers.receive())[0])

        refused = await other.answer(referral_id, "accept")

        assert refused["status"] == 404


async def whoever_was_asked(one: Partner, two: Partner) -> tuple[Partner, Partner]:
    async def pending(partner: Partner) -> int:
        info = await partner.jetstream.consumer_info("REFERRALS", str(partner.organization_id))
        return int(info.num_pending or 0)

    await eventually(lambda: asyncio.gather(pending(one), pending(two)), lambda found: sum(found) == 1)
    return (one, two) if await pending(one) else (two, one)


async def test_after_the_consent_is_revoked_the_message_is_gone_from_the_stream(
    navigation: Navigation, operator: Client
) -> None:
    service = await a_service(navigation)
    hints, key = await begun(navigation, service.organization_id)
    needed = everything_may_be_told()
    await navigation.receive(delivery(needed))
    stored = operator.jetstream()
    await eventually(lambda: messages_in(operator), 1)
    assert needed.words.encode() in ((await stored.get_msg("REFERRALS", 1)).data or b"")

    revocation = consent_revoked(client_id=needed.client_id, consent_id=needed.consents[0].id)
    await navigation.receive(delivery(revocation))
    await eventually(lambda: subjects_in(operator), ["revoked"])

    last = await stored.get_last_msg("REFERRALS", f"referrals.{service.organization_id}.revoked.v1")
    assert needed.words.encode() not in (last.data or b"")
    async with connected(hints, key) as partner:
        [heard] = await partner.receive()
        assert heard.subject.endswith(".revoked.v1")


async def test_what_was_stored_by_an_attempt_that_nobody_saw_end_leaves_the_stream_as_well(
    navigation: Navigation, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = PartnersStream.publish

    async def publish_and_die(stream: PartnersStream, bags: Sequence[Bag]) -> dict[UUID, Stored]:
        await publish(stream, bags)
        raise ConnectionError

    service = await a_service(navigation)
    await begun(navigation, service.organization_id)
    needed = everything_may_be_told()
    with monkeypatch.context() as dying:
        dying.setattr(PartnersStream, "publish", publish_and_die)
        await navigation.receive(delivery(needed))
        await eventually(lambda: messages_in(operator), 1)
        revocation = consent_revoked(client_id=needed.client_id, consent_id=needed.consents[0].id)
        await navigation.receive(delivery(revocation))
        await eventually(lambda: subjects_in(operator), ["requested", "revoked"], within=10)

    await eventually(lambda: subjects_in(operator), ["revoked"], within=10)


async def test_what_goes_out_after_the_consent_has_run_out_stays_and_says_nothing_of_the_client(
    navigation: Navigation, operator: Client, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await a_service(navigation)
    await begun(navigation, service.organization_id)
    client_id = new_id()
    ends = consent(client_id=client_id, expires_at=MONDAY_MORNING + timedelta(hours=1))
    needed = help_needed(client=client_context(client_id=client_id), consents=(ends,))
    with monkeypatch.context() as deaf:
        deaf.setattr(PartnersStream, "within_reach", False)
        await navigation.receive(delivery(needed))
        await eventually(lambda: navigation.referrals(client_id), lambda items: len(items) == 1)
        clock.advance(timedelta(hours=2))
    await eventually(lambda: messages_in(operator), 1)

    message = await operator.jetstream().get_msg("REFERRALS", 1)

    assert message.data is not None
    assert json.loads(message.data)["client"] is None
    assert "Nats-TTL" not in (message.headers or {})


async def messages_in(operator: Client) -> int:
    return (await operator.jetstream().stream_info("REFERRALS")).state.messages


async def subjects_in(operator: Client) -> list[str]:
    """The verbs of what lies in the stream."""
    info = await operator.jetstream().stream_info("REFERRALS", subjects_filter=">")
    return sorted(subject.split(".")[2] for subject in info.state.subjects or {})


async def test_a_message_ends_with_the_consent_that_it_rests_on(
    navigation: Navigation, operator: Client
) -> None:
    service = await a_service(navigation)
    await begun(navigation, service.organization_id)
    client_id = new_id()
    soon = MONDAY_MORNING + timedelta(seconds=2)
    await navigation.receive(
        delivery(
            help_needed(
                client=client_context(client_id=client_id),
                consents=(consent(client_id=client_id, expires_at=soon),),
            )
        )
    )
    await eventually(lambda: messages_in(operator), 1)

    await eventually(lambda: messages_in(operator), 0, within=10)


async def test_only_a_partner_is_told_and_only_from_then_on(navigation: Navigation) -> None:
    service = await a_service(navigation)
    admin = navigation.as_("admin")
    assert (await admin.post(f"/partners/{service.organization_id}/nats", {})).status_code == 404
    assert (await navigation.post(f"/partners/{service.organization_id}/nats", {})).status_code == 403

    await navigation.partner(service.organization_id)
    assert (await admin.get(f"/partners/{service.organization_id}/nats")).status_code == 404
    begin = await admin.post(f"/partners/{service.organization_id}/nats", {})
    seen = await admin.get(f"/partners/{service.organization_id}/nats")
    assert seen.json() == begin.json()
