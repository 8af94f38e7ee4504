"""Navigation over HTTP: staff follow referrals, partners answer with their own key and see only their own."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from contracts.event import Event
from contracts.events.barriers import HelpNeeded
from contracts.events.navigation import (
    ReferralAccepted,
    ReferralConfirmed,
    ReferralDrafted,
    ReferralEnded,
    ReferralMissed,
    ReferralRejected,
    ReferralScheduled,
)
from contracts.terms import Capacity, ChangedBy, InformationScope, ReasonCode
from services.navigation.model.directory import Listing
from services.navigation.policy.disclosure import NOTICE
from shared.ids import new_id
from tests.integration.navigation.conftest import Navigation
from tests.support.builders import MONDAY_MORNING, consent, consent_revoked, contact_changed
from tests.support.builders_navigation import delivery, help_needed, listing, reply_received
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.navigation import events_of

ACCEPT = {"said": {"answer": "accept"}}
FULL = {"said": {"answer": "decline", "reason": "no_capacity", "text": "We are full until March."}}
WRONG = {"said": {"answer": "decline", "reason": "wrong_service", "text": "We only drive children."}}
NEXT_WEEK = (MONDAY_MORNING + timedelta(days=7)).isoformat()


async def one_referral(navigation: Navigation, needed: HelpNeeded) -> dict[str, object]:
    """Let help be asked for over the stream, and wait until there is a referral."""
    await navigation.receive(delivery(needed))
    found = await eventually(lambda: navigation.referrals(needed.client_id), lambda items: len(items) == 1)
    return found[0]


async def sent_to_two(
    navigation: Navigation, **fields: object
) -> tuple[dict[str, object], Listing, Listing, HelpNeeded]:
    """A referral that was sent to the first of two services, the other one being the runner-up."""
    first, second = sorted((listing(), listing()), key=lambda one: one.service_id.int)
    await navigation.add(first, second)
    needed = help_needed(**fields)
    referral = await one_referral(navigation, needed)
    assert referral["status"] == "requested"
    assert referral["service_id"] == str(first.service_id)
    return referral, first, second, needed


async def stated(navigation: Navigation, kind: type[Event]) -> list[Event]:
    return await events_of(navigation.service.database, kind)


async def test_a_partner_reads_what_the_consent_lets_it_and_nothing_more(navigation: Navigation) -> None:
    client_id = new_id()
    await navigation.learn(contact_changed(client_id=client_id))
    scopes = frozenset({InformationScope.NEED, InformationScope.NAME_AND_CONTACT})
    referral, first, _, _ = await sent_to_two(
        navigation, client_id=client_id, consents=(consent(client_id=client_id, scopes=scopes),)
    )
    partner = await navigation.partner(first.organization_id)

    answer = await eventually(
        lambda: partner.get(f"/partner/referrals/{referral['id']}"),
        lambda found: found.json()["client"]["full_name"] is not None,
    )

    body = answer.json()
    assert body["client"]["full_name"] == "Amina Diallo"
    assert body["client"]["category"] == "transport"
    assert body["client"]["words"] is None
    assert body["client"]["available"] == []
    assert body["notice"] == NOTICE
    assert set(body["possible"]) == {"accept", "decline", "cancel"}
    assert "client_id" not in body


async def test_after_the_consent_is_revoked_the_partner_reads_nothing_of_the_client(
    navigation: Navigation,
) -> None:
    referral, first, _, needed = await sent_to_two(navigation)
    partner = await navigation.partner(first.organization_id)

    revocation = consent_revoked(client_id=needed.client_id, consent_id=needed.consents[0].id)
    await navigation.receive(delivery(revocation))
    answer = await eventually(
        lambda: partner.get(f"/partner/referrals/{referral['id']}"),
        lambda found: found.json()["status"] == "cancelled",
    )

    body = answer.json()
    assert body["client"]["scopes"] == []
    assert body["client"]["category"] is None
    late = await partner.post(f"/partner/referrals/{referral['id']}/answers", ACCEPT)
    assert late.status_code == 409
    assert late.json()["possible"] == []


async def test_a_partner_cannot_see_or_answer_what_was_sent_to_another(navigation: Navigation) -> None:
    referral, _, second, _ = await sent_to_two(navigation)
    other = await navigation.partner(second.organization_id)

    assert (await other.get("/partner/referrals")).json()["items"] == []
    assert (await other.get(f"/partner/referrals/{referral['id']}")).status_code == 404
    answered = await other.post(f"/partner/referrals/{referral['id']}/answers", ACCEPT)
    assert answered.status_code == 404
    assert (await other.get("/referrals")).status_code == 403


async def test_a_draft_is_nothing_that_a_partner_can_see(navigation: Navigation) -> None:
    service = listing()
    await navigation.add(service)
    draft = await one_referral(navigation, help_needed(consents=()))
    partner = await navigation.partner(service.organization_id)

    assert (await partner.get(f"/partner/referrals/{draft['id']}")).status_code == 404
    assert (await partner.get("/partner/referrals")).json()["items"] == []


async def test_only_admins_make_partners_of_organisations_that_exist_once(navigation: Navigation) -> None:
    service = listing()
    await navigation.add(service)
    body = {"organization_id": str(service.organization_id)}

    assert (await navigation.as_("case_manager").post("/partners", body)).status_code == 403
    assert (await navigation.as_("admin").post("/partners", body)).status_code == 201
    assert (await navigation.as_("admin").post("/partners", body)).status_code == 409
    unknown = {"organization_id": str(new_id())}
    assert (await navigation.as_("admin").post("/partners", unknown)).status_code == 404


async def test_a_partners_journey_from_yes_to_help_given_and_the_clients_last_word(
    navigation: Navigation,
) -> None:
    referral, first, _, needed = await sent_to_two(navigation)
    partner = await navigation.partner(first.organization_id)
    answers = f"/partner/referrals/{referral['id']}/answers"

    for said, status, business_status in (
        ({"answer": "accept"}, "accepted", "3.0"),
        ({"answer": "accept"}, "accepted", "3.0"),
        ({"answer": "schedule", "starts_at": NEXT_WEEK}, "in-progress", "5.1.1"),
        ({"answer": "missed"}, "in-progress", "5.1.2"),
        ({"answer": "schedule", "starts_at": NEXT_WEEK, "remote": True}, "in-progress", "5.1.1"),
        ({"answer": "kept"}, "in-progress", "5.1.4"),
        ({"answer": "complete", "outcome": "A ride every Tuesday."}, "completed", "7.0"),
    ):
        answer = await partner.post(answers, {"said": said})
        assert answer.status_code == 200, answer.text
        assert (answer.json()["status"], answer.json()["business_status"]) == (status, business_status)

    assert len(await stated(navigation, ReferralAccepted)) == 1
    assert len(await stated(navigation, ReferralMissed)) == 1
    scheduled = await stated(navigation, ReferralScheduled)
    assert len({e.appointment_id for e in scheduled if isinstance(e, ReferralScheduled)}) == 2

    reply = reply_received(client_id=needed.client_id, referral_id=referral["id"])
    await navigation.receive(delivery(reply))
    (confirmed,) = await eventually(
        lambda: stated(navigation, ReferralConfirmed), lambda found: len(found) == 1
    )
    assert isinstance(confirmed, ReferralConfirmed)
    assert confirmed.client_confirmed == "yes"
    detail = (await navigation.get(f"/referrals/{referral['id']}")).json()
    assert not detail["loop_open"]
    assert [move["move"] for move in detail["history"]] == [
        "accept",
        "schedule",
        "missed",
        "schedule",
        "kept",
        "complete",
        "confirm",
    ]


async def test_a_partner_without_room_makes_way_for_the_runner_up_and_the_directory_knows(
    navigation: Navigation,
) -> None:
    referral, first, second, needed = await sent_to_two(navigation)
    partner = await navigation.partner(first.organization_id)

    answer = await partner.post(f"/partner/referrals/{referral['id']}/answers", FULL)

    assert answer.json()["status"] == "rejected"
    (rejected,) = await stated(navigation, ReferralRejected)
    (drafted,) = await stated(navigation, ReferralDrafted)
    assert isinstance(rejected, ReferralRejected)
    assert isinstance(drafted, ReferralDrafted)
    assert rejected.runner_up_id == second.service_id
    assert rejected.reason is ReasonCode.NO_CAPACITY
    assert drafted.service_id == second.service_id
    assert drafted.replaces == UUID(str(referral["id"]))
    statuses = [r["status"] for r in await navigation.referrals(needed.client_id)]
    assert statuses == ["rejected", "draft"]
    service = (await navigation.get(f"/services/{first.service_id}")).json()
    assert service["capacity"] == "none"


async def test_the_runner_up_is_sent_by_a_person_and_listed_in_the_ledger(navigation: Navigation) -> None:
    referral, first, second, needed = await sent_to_two(navigation)
    partner = await navigation.partner(first.organization_id)
    await partner.post(f"/partner/referrals/{referral['id']}/answers", WRONG)
    draft = (await navigation.referrals(needed.client_id))[1]

    sent = await navigation.post(f"/referrals/{draft['id']}/send", {})
    again = await navigation.post(f"/referrals/{draft['id']}/send", {})

    assert sent.json()["status"] == "requested"
    assert again.json()["version"] == sent.json()["version"] == 2
    ledger = (await navigation.get(f"/clients/{needed.client_id}/disclosures")).json()["items"]
    assert [(line["organization_id"], line["channel"]) for line in ledger] == [
        (str(first.organization_id), "staff"),
        (str(first.organization_id), "partner_api"),
        (str(second.organization_id), "staff"),
    ]
    assert ledger[0]["notice"] == NOTICE


async def test_a_draft_is_not_sent_without_a_consent_that_stands_at_that_moment(
    navigation: Navigation,
) -> None:
    await navigation.add(listing())
    draft = await one_referral(navigation, help_needed(consents=()))

    answer = await navigation.post(f"/referrals/{draft['id']}/send", {})

    assert answer.status_code == 409
    assert "please ask the client first" in answer.json()["detail"]
    assert "send" in answer.json()["possible"]


async def test_a_draft_to_a_service_that_has_filled_up_is_not_sent(navigation: Navigation) -> None:
    service = listing()
    await navigation.add(service)
    draft = await one_referral(navigation, help_needed(wish="ask_me_first"))

    said = await navigation.put(f"/services/{service.service_id}/capacity", {"capacity": "none"})
    assert said.status_code == 200
    answer = await navigation.post(f"/referrals/{draft['id']}/send", {})

    assert answer.status_code == 409
    assert "no places" in answer.json()["detail"]
    assert (await navigation.get(f"/clients/{draft['client_id']}/disclosures")).json()["items"] == []


async def test_the_client_chooses_another_of_the_candidates(navigation: Navigation) -> None:
    first, second = sorted((listing(), listing()), key=lambda one: one.service_id.int)
    await navigation.add(first, second)
    draft = await one_referral(navigation, help_needed(wish="ask_me_first"))

    chosen = await navigation.post(f"/referrals/{draft['id']}/choice", {"service_id": str(second.service_id)})
    unknown = await navigation.post(f"/referrals/{draft['id']}/choice", {"service_id": str(new_id())})

    assert chosen.json()["service_id"] == str(second.service_id)
    assert chosen.json()["runner_up_id"] == str(first.service_id)
    assert unknown.status_code == 409
    assert len(await stated(navigation, ReferralDrafted)) == 2


@pytest.mark.parametrize("stage", [None, "accept"])
async def test_the_clients_no_stops_it_at_any_stage_and_nothing_else_is_pushed(
    navigation: Navigation, stage: str | None
) -> None:
    referral, first, _, needed = await sent_to_two(navigation)
    if stage:
        partner = await navigation.partner(first.organization_id)
        await partner.post(f"/partner/referrals/{referral['id']}/answers", ACCEPT)

    answer = await navigation.as_("intake").post(f"/referrals/{referral['id']}/client-declines", {})

    assert answer.json()["status"] == "cancelled"
    (ended,) = await stated(navigation, ReferralEnded)
    assert isinstance(ended, ReferralEnded)
    assert (ended.by, ended.reason) == (ChangedBy.CLIENT, ReasonCode.CLIENT_DECLINED)
    assert len(await navigation.referrals(needed.client_id)) == 1


async def test_staff_write_down_an_answer_by_telephone_and_it_says_who_did(navigation: Navigation) -> None:
    referral, _, _, _ = await sent_to_two(navigation)

    answer = await navigation.post(f"/referrals/{referral['id']}/answers", ACCEPT)

    assert answer.json()["status"] == "accepted"
    (move,) = (await navigation.get(f"/referrals/{referral['id']}")).json()["history"]
    assert move["by"] == "partner"
    assert move["recorded_by"] is not None


async def test_an_answer_that_does_not_fit_says_what_does(navigation: Navigation) -> None:
    referral, _, _, _ = await sent_to_two(navigation)

    answer = await navigation.post(
        f"/referrals/{referral['id']}/answers", {"said": {"answer": "complete", "outcome": "Done."}}
    )

    assert answer.status_code == 409
    assert set(answer.json()["possible"]) == {"accept", "decline", "cancel"}


async def test_a_repeated_command_is_done_once(navigation: Navigation) -> None:
    referral, _, _, _ = await sent_to_two(navigation)

    first = await navigation.post(f"/referrals/{referral['id']}/answers", ACCEPT, key="one")
    second = await navigation.post(f"/referrals/{referral['id']}/answers", ACCEPT, key="one")

    assert first.content == second.content
    assert len(await stated(navigation, ReferralAccepted)) == 1


async def test_cancelling_and_marking_as_a_mistake(navigation: Navigation) -> None:
    referral, _, _, needed = await sent_to_two(navigation)
    path = f"/referrals/{referral['id']}"

    cancelled = await navigation.post(
        f"{path}/cancellation", {"reason": "referred_elsewhere", "text": "A cousin drives."}
    )
    mistaken = await navigation.post(f"{path}/entered-in-error", {"text": "It was about somebody else."})

    assert cancelled.json()["status"] == "cancelled"
    assert mistaken.json()["status"] == "entered-in-error"
    assert [r["status"] for r in await navigation.referrals(needed.client_id)] == ["entered-in-error"]


async def test_lists_go_page_by_page(navigation: Navigation) -> None:
    await navigation.add(*(listing(service_name=name) for name in ("Aire", "Beck", "Calder")))
    needed = [help_needed(consents=()) for _ in range(3)]
    for one in needed:
        await one_referral(navigation, one)

    seen: list[object] = []
    after: dict[str, str] = {}
    while True:
        page = (await navigation.get("/referrals", limit=2, **after)).json()
        seen.extend(item["client_id"] for item in page["items"])
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == [str(one.client_id) for one in needed]

    first = (await navigation.get("/services", limit=2, code="105-02")).json()
    second = (await navigation.get("/services", limit=2, code="105-02", after=first["next"])).json()
    assert [s["name"] for s in first["items"] + second["items"]] == ["Aire", "Beck", "Calder"]
    assert (await navigation.get("/services", after="nonsense")).status_code == 400


async def test_services_are_found_by_place_language_and_cost(navigation: Navigation) -> None:
    here = listing(service_name="Here", areas=("LS",), free=True, languages=frozenset({"es"}))
    away = listing(service_name="Away", areas=("BD",), free=False)
    await navigation.add(here, away)

    async def names(**filters: str) -> list[str]:
        answer = await navigation.get("/services", **filters)
        return [item["name"] for item in answer.json()["items"]]

    assert await names(postcode="ls1 4ap") == ["Here"]
    assert await names(free="false") == ["Away"]
    assert await names(language="es") == ["Here"]
    assert await names(code="999") == []
    detail = (await navigation.get(f"/services/{here.service_id}")).json()
    assert detail["checked_days_ago"] == 21
    assert detail["stale"] is False
    assert detail["document"] == {"id": "as published"}


async def test_a_partner_says_what_room_its_own_services_have(navigation: Navigation) -> None:
    mine, other = listing(capacity=Capacity.UNKNOWN), listing()
    await navigation.add(mine, other)
    partner = await navigation.partner(mine.organization_id)

    said = await partner.put(
        f"/partner/services/{mine.service_id}/capacity", {"capacity": "has", "places": 4}
    )
    elsewhere = await partner.put(f"/partner/services/{other.service_id}/capacity", {"capacity": "none"})

    assert said.status_code == 200
    assert elsewhere.status_code == 404
    assert (await navigation.get(f"/services/{mine.service_id}")).json()["places"] == 4


async def test_the_list_shows_whose_time_has_run_out_without_storing_it(
    navigation: Navigation, clock: ManualClock
) -> None:
    referral, _, _, _ = await sent_to_two(navigation)
    assert (await navigation.get("/referrals", unacknowledged="true")).json()["items"] == []

    clock.set(datetime.fromisoformat(str(referral["acknowledge_by"])))

    (late,) = (await navigation.get("/referrals", unacknowledged="true")).json()["items"]
    assert late["unacknowledged"]
    assert late["status"] == "requested"


async def test_nobody_gets_in_without_a_token_and_only_with_the_right_role(navigation: Navigation) -> None:
    anonymous = await navigation.http.get("/referrals")
    editor = await navigation.as_("directory_editor").get("/referrals")

    assert anonymous.status_code == 401
    assert editor.status_code == 403
    assert (await navigation.as_("directory_editor").get("/services")).status_code == 200
