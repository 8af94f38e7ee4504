"""A client's page as somebody with the client beside them has it: for everybody, in every state, and live."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest
from playwright.async_api import Page, expect

from contracts.event import Event
from contracts.events.barriers import (
    BarrierAnswered,
    HelpNeeded,
    PlanDrafted,
    PlanMoved,
    SetbackRecorded,
    StepAgreed,
    TaskOpened,
    WinNoticed,
)
from contracts.events.intake import ClientMerged, ConversationRecorded
from contracts.events.navigation import ReferralDrafted, ReferralRequested, ReferralScheduled
from contracts.events.reminders import MessageSent, MessageWithheld, ReminderScheduled, ReplyReceived
from services.desk.api.cookies import COOKIE
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.integration.desk.conftest import bus, clock, house
from tests.support.browser import Watched
from tests.support.builders import (
    MONDAY_MORNING,
    barrier_stated,
    client_context,
    client_registered,
    consent,
    consent_granted,
    contact_changed,
    goal_stated,
    readiness,
    readiness_measured,
)
from tests.support.builders_desk import stated
from tests.support.desk import House, Person

__all__ = ["bus", "clock", "house"]

LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz and a good many words after it"
DAY = timedelta(days=1)


@pytest.fixture
async def sam(house: House) -> Person:
    return await house.hire(Role.CASE_MANAGER, Role.INTAKE, name="Rosa Lindqvist")


async def signed_in(house: House, person: Person, page: Page) -> Page:
    """The page, in the browser of somebody who is signed in."""
    async with house.browser(person) as browser:
        token = browser.cookies[COOKIE]
    await page.context.add_cookies([{"name": COOKIE, "value": token, "url": house.service.url}])
    return page


def _first(client_id: UUID, sam: Person) -> Sequence[Event]:
    context = client_context(client_id=client_id)
    asked = [
        readiness(importance=7, confidence=3, readiness=4, measured_at=MONDAY_MORNING - 11 * DAY),
        readiness(importance=7, confidence=None, readiness=5, measured_at=MONDAY_MORNING - 6 * DAY),
        readiness(importance=8, confidence=5, readiness=5, measured_at=MONDAY_MORNING - DAY),
    ]
    return [
        contact_changed(client_id=client_id, full_name="Amina Diallo", preferred_name="Amina"),
        client_registered(client_id=client_id, client=context),
        goal_stated(client_id=client_id, words="To be well enough to dance at my sister's wedding."),
        *(readiness_measured(client_id=client_id, readiness=one) for one in asked),
        consent_granted(client_id=client_id, consent=consent(client_id=client_id)),
        stated(ConversationRecorded, client_id=str(client_id), by=str(sam.id)),
    ]


async def a_life(house: House, sam: Person) -> dict[str, str]:
    """Somebody with a good deal going on; gives the addresses of everything about them."""
    client_id, plan, step, referral, drafted = (new_id() for _ in range(5))
    await house.told(*_first(client_id, sam))
    said = barrier_stated(
        client_id=client_id,
        client=client_context(client_id=client_id),
        words="The last bus is gone by the time I finish work, and I can't take the two of them with me.",
        own_idea="My neighbour drives past there on Tuesdays.",
        stated_by=sam.id,
    )
    (cause,) = await house.told(said)
    about = {"client_id": str(client_id), "barrier_id": str(said.barrier_id)}
    agreed = {**about, "plan_id": str(plan), "by_staff": str(sam.id)}
    words = {
        "if_words": "there is no ride by 18:00 the day before",
        "then_words": "I switch to the phone",
    }
    sent = {**about, "referral_id": str(referral)}
    await house.told(
        stated(BarrierAnswered, **about),
        stated(PlanDrafted, **about, plan_id=str(plan), **words),
        stated(PlanMoved, **agreed, version=2, status="agreed", **words),
        stated(StepAgreed, **about, step_id=str(step), version=1, ends_on=date(2026, 12, 4).isoformat()),
        stated(SetbackRecorded, **about),
        stated(WinNoticed, **about),
        stated(HelpNeeded, **about),
        stated(ReferralDrafted, **about, referral_id=str(drafted), version=1),
        stated(ReferralRequested, **sent, version=1),
        stated(ReferralScheduled, **sent, version=3, starts_at=(MONDAY_MORNING + 3 * DAY).isoformat()),
        stated(TaskOpened, client_id=str(client_id), barrier_ids=[str(said.barrier_id)]),
        cause=cause,
    )
    message, other = str(new_id()), str(new_id())
    whose = {"client_id": str(client_id)}
    await house.told(
        stated(ReminderScheduled, **whose, reminder_id=message, due_at=MONDAY_MORNING.isoformat()),
        stated(MessageSent, **whose, reminder_id=message),
        stated(ReminderScheduled, **whose, reminder_id=other),
        stated(MessageWithheld, **whose, reminder_id=other),
        stated(ReplyReceived, **whose, in_reply_to=message, words="Yes, thank you. I can't wait."),
    )
    here, there = f"/clients/{client_id}", f"/clients/{client_id}/barriers/{said.barrier_id}"
    (given,) = await house.told(consent_granted(client_id=client_id))
    async with house.service.database.reading() as conn:
        kept = await conn.fetchval("select data->'consent'->>'id' from entry where id = $1", given)
    return {
        "now": here,
        "way": f"{here}/way",
        "referrals": f"{here}/referrals",
        "referral": f"{here}/referrals/{referral}",
        "draft": f"{here}/referrals/{drafted}",
        "messages": f"{here}/messages",
        "consents": f"{here}/consents",
        "about": f"{here}/about",
        "timeline": f"{here}/timeline",
        "why": f"{here}/why/{cause}",
        "goal": f"{here}/goals/new",
        "rulers": f"{here}/rulers/new",
        "barrier": f"{here}/barriers/new",
        "talk": f"{here}/conversations/new",
        "balance": f"{here}/balance",
        "wish": f"{there}/wish",
        "ease": f"{there}/move/ease",
        "setback": f"{there}/setback",
        "category": f"{there}/category",
        "step-new": f"{there}/steps/new",
        "step-progress": f"{here}/steps/{step}/progress",
        "step-change": f"{here}/steps/{step}/change",
        "plan-rehearse": f"{here}/plans/{plan}/rehearse",
        "plan-agree": f"{here}/plans/{plan}/agree",
        "choice": f"{here}/referrals/{drafted}/choice",
        "send": f"{here}/referrals/{drafted}/send",
        "answer": f"{here}/referrals/{referral}/answer",
        "decline": f"{here}/referrals/{referral}/decline",
        "cancel": f"{here}/referrals/{referral}/cancel",
        "confirm": f"{here}/referrals/{referral}/confirm",
        "allow": f"{here}/consents/new",
        "take-back": f"{here}/consents/{kept}/take-back",
        "stop": f"{here}/messages/stop",
    }


async def test_every_part_and_form_is_for_everybody(house: House, sam: Person, watched: Watched) -> None:
    page = await signed_in(house, sam, watched.page)
    for name, address in (await a_life(house, sam)).items():
        answer = await page.goto(f"{house.service.url}{address}")
        assert answer is not None
        assert answer.status == 200, name
        await watched.holds(f"desk-client-{name}")


async def test_a_form_with_faults_and_long_or_arabic_names_are_for_everybody(
    house: House, sam: Person, watched: Watched
) -> None:
    client_id = new_id()
    called = {"full_name": f"أمينة ديالو {LONG}", "preferred_name": "أمينة"}
    await house.told(contact_changed(client_id=client_id, **called))
    page = await signed_in(house, sam, watched.page)
    for name, address in {"empty": "", "empty-way": "/way", "empty-messages": "/messages"}.items():
        await page.goto(f"{house.service.url}/clients/{client_id}{address}")
        await watched.holds(f"desk-client-{name}")
    await page.goto(f"{house.service.url}/clients/{client_id}/barriers/new")
    await page.get_by_label("In their words").fill(LONG)
    await page.get_by_role("button", name="Write it down").click()
    await expect(page.locator(".govuk-error-summary")).to_be_focused()
    await expect(page.get_by_label("In their words")).to_have_value(LONG)
    await watched.holds("desk-client-faults")


async def test_joined_records_and_what_was_typed_before_a_session_ended_are_for_everybody(
    house: House, sam: Person, watched: Watched
) -> None:
    addresses = await a_life(house, sam)
    kept, other = UUID(addresses["now"].rsplit("/", 1)[1]), new_id()
    await house.told(
        contact_changed(client_id=other, full_name="Aminata Diallo"),
        goal_stated(client_id=other, words="To sleep through the night."),
        stated(ClientMerged, client_id=other, survivor_id=kept, version=1),
    )
    page = await signed_in(house, sam, watched.page)
    for name, address in {"joined": f"/clients/{other}", "joined-line": addresses["timeline"]}.items():
        await page.goto(f"{house.service.url}{address}")
        await watched.holds(f"desk-client-{name}")
    await expect(page.get_by_text("From their other record").first).to_be_visible()

    await page.goto(f"{house.service.url}{addresses['goal']}")
    await page.get_by_label("In their words").fill(LONG)
    await page.get_by_role("radio").first.check()
    async with house.service.database.transaction() as tx:
        await tx.conn.execute("update session set ended_at = now()")
    await page.get_by_role("button", name="Write it down").click()
    await expect(page.get_by_text("What you typed is kept for an hour")).to_be_visible()
    await watched.holds("desk-sign-in-kept")
    await signed_in(house, sam, page)
    await page.goto(f"{house.service.url}/kept")
    await expect(page.get_by_label("In their words")).to_have_value(LONG)
    await expect(page.get_by_role("radio").first).to_be_checked()
    await watched.holds("desk-client-kept")


async def test_what_a_colleague_does_comes_to_the_open_page_and_moves_nothing(
    house: House, sam: Person, watched: Watched
) -> None:
    addresses = await a_life(house, sam)
    client_id = UUID(addresses["now"].rsplit("/", 1)[1])
    page = await signed_in(house, sam, watched.page)
    await page.goto(f"{house.service.url}{addresses['timeline']}")
    read = page.locator("#line > li").nth(8)
    await read.evaluate("line => line.scrollIntoView({block: 'center'})")
    before = await read.bounding_box()
    await house.told(goal_stated(client_id=client_id, words="To sleep through the night."))
    await expect(page.locator("#news")).to_contain_text("1 new")
    after = await read.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 2
    await page.locator("#news a").click()
    await expect(page.locator("#line > li").first).to_contain_text("To sleep through the night.")
