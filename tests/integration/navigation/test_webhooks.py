"""Webhooks as a partner meets them: registered over HTTP, sent by the service, verified by others."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.navigation.model.directory import Listing
from services.navigation.store.webhook_deliveries import take_turns
from shared.clock import real_now
from shared.ids import new_id
from tests.integration.navigation.conftest import Navigation
from tests.support.builders_navigation import delivery, help_needed, help_withdrawn, listing
from tests.support.eventually import eventually
from tests.support.receiver import Received, Receiver, Reply, receiving
from tests.support.webhooks import SETTINGS

ACCEPT = {"said": {"answer": "accept"}}


@pytest.fixture
def further_settings() -> dict[str, object]:
    return SETTINGS


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner of one service, with a key, an endpoint and its secret."""

    navigation: Navigation
    service: Listing
    secret: str

    @property
    def path(self) -> str:
        return path_of(self.service.organization_id)

    async def view(self) -> dict[str, Any]:
        return good(await self.navigation.get(self.path))

    async def items(self, of: str, **params: str | int) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = good(await self.navigation.get(f"{self.path}/{of}", **params))["items"]
        return items


def path_of(organization_id: UUID) -> str:
    return f"/partners/{organization_id}/webhook"


def good(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code < 300, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def partner_at(navigation: Navigation, receiver: Receiver) -> Partner:
    service = listing()
    await navigation.add(service)
    own = await navigation.partner(service.organization_id)
    made = good(await own.put(path_of(service.organization_id), {"url": receiver.url}))
    return Partner(own, service, made["secret"])


def verified(received: Received, secret: str) -> dict[str, Any]:
    body: dict[str, Any] = Webhook(secret).verify(received.body, dict(received.headers))
    return body


async def test_a_referral_reaches_the_endpoint_within_a_second_and_can_be_answered(
    navigation: Navigation,
) -> None:
    async with receiving() as receiver:
        partner = await partner_at(navigation, receiver)
        needed = help_needed()
        await navigation.receive(delivery(needed))
        await eventually(lambda: navigation.referrals(needed.client_id), lambda found: len(found) == 1)
        await eventually(lambda: len(receiver.received), 1, within=1.0)

        event = verified(receiver.received[0], partner.secret)
        assert event["type"] == "referrals.requested.v1"
        referral_id = event["subject"]
        good(await partner.navigation.post(f"/partner/referrals/{referral_id}/answers", ACCEPT))
        await navigation.receive(delivery(help_withdrawn(needed)))
        await eventually(lambda: len(receiver.received), 3)

    events = [verified(received, partner.secret) for received in receiver.received]
    assert [event["type"].split(".")[1] for event in events][:2] == ["requested", "answered"]
    assert [event["sequence"] for event in events] == ["1", "2", "3"]
    assert {event["subject"] for event in events} == {referral_id}
    deliveries = await eventually(
        lambda: partner.items("deliveries"), lambda found: all(d["state"] == "delivered" for d in found)
    )
    assert [each["event_id"] for each in deliveries] == [
        received.id for received in reversed(receiver.received)
    ]


async def test_an_endpoint_that_answers_the_referral_twice_before_it_answers_us_is_taken_once(
    navigation: Navigation,
) -> None:
    async with receiving() as receiver:
        partner = await partner_at(navigation, receiver)
        answers: list[httpx.Response] = []

        async def answer_at_once(received: Received) -> Reply:
            event = json.loads(received.body)
            if event["type"] == "referrals.requested.v1":
                path = f"/partner/referrals/{event['subject']}/answers"
                answers.extend(
                    await asyncio.gather(*(partner.navigation.post(path, ACCEPT) for _ in range(2)))
                )
            return Reply()

        receiver.behave = answer_at_once
        needed = help_needed()
        await navigation.receive(delivery(needed))
        await eventually(lambda: len(receiver.received), 2)
        await eventually(
            lambda: partner.items("deliveries"), lambda found: all(d["state"] == "delivered" for d in found)
        )

    assert [answer.status_code for answer in answers] == [200, 200]
    (referral,) = await navigation.referrals(needed.client_id)
    assert referral["status"] == "accepted"
    assert [json.loads(received.body)["type"] for received in receiver.received] == [
        "referrals.requested.v1",
        "referrals.answered.v1",
    ]


async def test_a_secret_is_shown_once_and_never_again(navigation: Navigation) -> None:
    async with receiving() as receiver:
        service = listing()
        await navigation.add(service)
        own = await navigation.partner(service.organization_id)
        path, key = path_of(service.organization_id), str(new_id())
        headers = {**own.authorization, "Idempotency-Key": key}
        first = good(await own.http.put(path, json={"url": receiver.url}, headers=headers))
        again = good(await own.http.put(path, json={"url": receiver.url}, headers=headers))
        replaced = good(await own.put(path, {"url": receiver.url + "/new"}))
        read = await own.get(path)

        assert first["secret"].startswith("whsec_")
        assert again["secret"] is None
        assert replaced["secret"] is None
        assert first["secret"] not in read.text
        async with navigation.service.database.reading() as conn:
            kept = await conn.fetch(
                "select response::text from idempotency union all "
                "select encode(sealed, 'escape') from webhook_secret"
            )
        assert all(first["secret"][6:] not in row[0] for row in kept)


async def test_during_a_rotation_both_secrets_verify_and_afterwards_only_the_new_one(
    navigation: Navigation,
) -> None:
    async with receiving() as receiver:
        partner = await partner_at(navigation, receiver)
        path = f"{partner.path}/secrets"
        second = good(await partner.navigation.post(path, {"old_secret_works_for_hours": 1}))
        assert [kept["works_until"] is None for kept in second["secrets"]] == [True, False]
        good(await partner.navigation.post(f"{partner.path}/test", {}))
        for secret in (partner.secret, second["secret"]):
            verified(receiver.received[-1], secret)

        third = good(await partner.navigation.post(path, {"old_secret_works_for_hours": 0}))
        good(await partner.navigation.post(f"{partner.path}/test", {}))
        verified(receiver.received[-1], third["secret"])
        for secret in (partner.secret, second["secret"]):
            with pytest.raises(WebhookVerificationError):
                verified(receiver.received[-1], secret)


async def test_a_test_says_nothing_about_anybody_and_shows_what_the_endpoint_answered(
    navigation: Navigation,
) -> None:
    async with receiving() as receiver:
        partner = await partner_at(navigation, receiver)
        receiver.behave = lambda _: Reply(422, body=b"no such thing")
        answer = good(await partner.navigation.post(f"{partner.path}/test", {}))
        log = await partner.items("attempts")

    assert (answer["taken"], answer["status"], answer["excerpt"]) == (False, 422, "no such thing")
    event = verified(receiver.received[0], partner.secret)
    assert event["type"] == "webhook.ping.v1"
    assert event["data"] == {"organization_id": str(partner.service.organization_id)}
    assert [(a["verb"], a["attempt"], a["status"], a["error"]) for a in log] == [
        ("ping", 1, 422, "it answered 422")
    ]
    assert (await partner.view())["failures"] == 0


async def test_switched_off_it_waits_and_switched_on_it_arrives(navigation: Navigation) -> None:
    async with receiving() as receiver:
        partner = await partner_at(navigation, receiver)
        off = good(await partner.navigation.post(f"{partner.path}/disabling", {}))
        assert "asked us to stop" in off["disabled_why"]
        await navigation.receive(delivery(help_needed()))
        await eventually(partner.view, lambda view: view["waiting"] == 1)
        assert receiver.received == []

        good(await partner.navigation.post(f"{partner.path}/enabling", {}))
        await eventually(lambda: len(receiver.received), 1)


async def test_a_replay_sends_what_was_said_before_there_was_an_endpoint_too(navigation: Navigation) -> None:
    begun = real_now() - timedelta(minutes=1)
    service = listing()
    await navigation.add(service)
    own = await navigation.partner(service.organization_id)
    needed = help_needed()
    await navigation.receive(delivery(needed))
    await eventually(lambda: navigation.referrals(needed.client_id), lambda found: len(found) == 1)
    async with receiving() as receiver:
        path = path_of(service.organization_id)
        good(await own.put(path, {"url": receiver.url}))
        queued = good(await own.post(f"{path}/replay", {"after": begun.isoformat()}))
        assert queued == {"queued": 1}
        await eventually(lambda: len(receiver.received), 1)
        first = receiver.ids[0]
        await eventually(
            lambda: own.get(f"{path}/deliveries", state="delivered"),
            lambda found: len(found.json()["items"]) == 1,
        )
        good(await own.post(f"{path}/replay", {"after": begun.isoformat()}))
        await eventually(lambda: receiver.ids, [first, first])


async def test_logs_are_paged_the_latest_first(navigation: Navigation) -> None:
    async with receiving() as receiver:
        partner = await partner_at(navigation, receiver)
        for _ in range(3):
            await navigation.receive(delivery(help_needed()))
        await eventually(lambda: len(receiver.received), 3)
        await eventually(partner.view, lambda view: view["waiting"] == 0)
        for kind in ("attempts", "deliveries"):
            first = good(await partner.navigation.get(f"{partner.path}/{kind}", limit=2))
            rest = good(await partner.navigation.get(f"{partner.path}/{kind}", limit=2, after=first["next"]))
            assert rest["next"] is None
            paged = [*first["items"], *rest["items"]]
            assert paged == await partner.items(kind)
            assert {each["event_id"] for each in paged} == set(receiver.ids)


async def test_no_partner_sees_or_touches_anothers_and_staff_without_the_role_neither(
    navigation: Navigation,
) -> None:
    async with receiving() as receiver:
        partner = await partner_at(navigation, receiver)
        other = await partner_at(navigation, receiver)
        calls: list[tuple[str, str, dict[str, object] | None]] = [
            ("GET", "", None),
            ("PUT", "", {"url": receiver.url}),
            ("GET", "/attempts", None),
            ("GET", "/deliveries", None),
            ("POST", "/secrets", {}),
            ("POST", "/disabling", {}),
            ("POST", "/enabling", {}),
            ("POST", "/test", {}),
            ("POST", "/replay", {"after": real_now().isoformat()}),
        ]
        for method, path, body in calls:
            for seen_by, expected in (
                (other.navigation, 404),
                (navigation.as_("case_manager"), 403),
                (navigation.with_key("fhk_" + "x" * 43), 401),
            ):
                headers = {**seen_by.authorization, "Idempotency-Key": str(new_id())}
                answer = await navigation.http.request(
                    method, partner.path + path, json=body, headers=headers
                )
                assert answer.status_code == expected, (method, path, answer.text)
        assert good(await navigation.as_("admin").get(partner.path))["url"] == receiver.url
    assert receiver.received == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/x",
        "http://user:secret@127.0.0.1/x",
        "http://10.0.0.1/x",
        "http://nowhere.invalid/x",
        "",
    ],
)
async def test_an_address_that_nothing_is_sent_to_is_refused_with_the_reason(
    navigation: Navigation, url: str
) -> None:
    service = listing()
    await navigation.add(service)
    own = await navigation.partner(service.organization_id)

    answer = await own.put(path_of(service.organization_id), {"url": url})

    assert answer.status_code == 422
    assert "nothing can be sent to this address" in answer.json()["detail"]
    assert (await own.get(path_of(service.organization_id))).status_code == 404


async def test_a_partner_that_is_shut_out_gets_nothing_more(navigation: Navigation) -> None:
    async with receiving() as receiver:
        partner = await partner_at(navigation, receiver)
        organization_id = partner.service.organization_id
        good(await partner.navigation.post(f"{partner.path}/disabling", {}))
        await navigation.receive(delivery(help_needed()))
        await eventually(partner.view, lambda view: view["waiting"] == 1)
        admin = navigation.as_("admin")
        good(await admin.post(f"/partners/{organization_id}/revocation", {}))
        good(await admin.post(f"{partner.path}/enabling", {}))
        async with navigation.service.database.transaction() as tx:
            assert await take_turns(tx.conn, limit=10) == []
        assert receiver.received == []
        assert (await admin.put(partner.path, {"url": receiver.url})).status_code == 409
