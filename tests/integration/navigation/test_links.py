"""A partner with nothing but e-mail and a browser hears of a referral, sees it, and answers it to the end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.terms import InformationScope
from services.navigation.api.link_pages import HEADERS
from services.navigation.model.directory import Listing
from tests.integration.navigation.conftest import Navigation
from tests.integration.navigation.linked import (
    WORDS,
    mails,
    newest_link,
    referred,
    the_referral,
    written_to,
)
from tests.support.builders import consent_revoked
from tests.support.builders_navigation import delivery, listing
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.links import LINKED, Browser


@pytest.fixture
def further_settings() -> dict[str, object]:
    return dict(LINKED)


@pytest.fixture
def browser(navigation: Navigation) -> Browser:
    return Browser(navigation.http)


@pytest.fixture
def service() -> Listing:
    return listing()


@pytest.fixture
async def client_id(navigation: Navigation, service: Listing) -> UUID:
    return await referred(navigation, service)


@pytest.fixture
async def path(navigation: Navigation, client_id: UUID) -> str:
    return await newest_link(navigation)


async def moves(navigation: Navigation, client_id: UUID) -> list[str]:
    referral = await the_referral(navigation, client_id)
    answer = await navigation.get(f"/referrals/{referral['id']}")
    return [move["move"] for move in answer.json()["history"]]


async def test_the_whole_way_from_the_mail_to_the_help_that_was_given(
    navigation: Navigation, browser: Browser, client_id: UUID, path: str, clock: ManualClock
) -> None:
    page = await browser.open(path)
    assert "Can you help" in page.text
    assert WORDS in page.text
    assert page.choices == ("accept", "schedule", "hold", "decline")

    page = await browser.send(page, answer="accept")
    assert "Thank you: you said yes" in page.text
    assert (await the_referral(navigation, client_id))["status"] == "accepted"

    page = await browser.send(page, answer="schedule", date="2026-11-30", time="14:30", remote="yes")
    assert "Monday 30 November 2026, 14:30, by telephone or video" in page.text
    referral = await the_referral(navigation, client_id)
    assert referral["appointment"]["starts_at"] == "2026-11-30T14:30:00Z"  # type: ignore[index]

    clock.advance(timedelta(days=8))
    page = await browser.send(page, answer="kept")
    assert "good that it took place" in page.text

    page = await browser.send(page, answer="complete", outcome="A ride there and back.")
    assert "Thank you for your help" in page.text
    referral = await the_referral(navigation, client_id)
    assert (referral["status"], referral["outcome"]) == ("completed", "A ride there and back.")


async def test_looking_changes_nothing_and_is_one_line_in_the_ledger(
    navigation: Navigation, browser: Browser, client_id: UUID, path: str
) -> None:
    before = await the_referral(navigation, client_id)

    for _ in range(3):
        await browser.open(path, **{"User-Agent": "a mail scanner"})

    assert await the_referral(navigation, client_id) == before
    answer = await navigation.get(f"/clients/{client_id}/disclosures")
    assert [line["channel"] for line in answer.json()["items"]].count("link") == 1


@pytest.mark.parametrize(
    ("filled", "status", "shown"),
    [
        ({"answer": "hold", "hold_text": "A place on the list"}, "on-hold", "it has to wait"),
        (
            {"answer": "schedule", "date": "30/11/2026", "time": "9.05"},
            "in-progress",
            "30 November 2026, 09:05",
        ),
        ({"answer": "decline", "decline_reason": "no_capacity"}, "rejected", "We look for somebody else"),
        (
            {"answer": "decline", "decline_reason": "other", "decline_text": "Our van is broken."},
            "rejected",
            "We look for somebody else",
        ),
    ],
)
async def test_a_first_answer_can_be_given_at_once(
    filled: dict[str, str],
    status: str,
    shown: str,
    navigation: Navigation,
    browser: Browser,
    client_id: UUID,
    path: str,
) -> None:
    page = await browser.send(await browser.open(path), **filled)

    assert shown in page.text
    assert (await the_referral(navigation, client_id))["status"] == status


async def test_no_room_is_known_to_the_next_search(
    navigation: Navigation, browser: Browser, path: str, service: Listing
) -> None:
    page = await browser.open(path)
    await browser.send(page, answer="decline", decline_reason="no_capacity")

    answer = await navigation.get(f"/services/{service.service_id}")
    assert answer.json()["capacity"] == "none"


async def test_the_same_form_sent_twice_is_taken_once_also_at_the_same_moment(
    navigation: Navigation, browser: Browser, client_id: UUID, path: str
) -> None:
    page = await browser.open(path)
    once, twice = await asyncio.gather(
        browser.send(page, answer="hold", hold_text="A list"),
        browser.send(page, answer="hold", hold_text="A list"),
    )
    moved_on = await browser.send(once, answer="progress")
    again = await browser.send(page, answer="hold", hold_text="A list")

    assert {once.response.status_code, twice.response.status_code, again.response.status_code} == {200}
    assert "letting us know" in moved_on.text
    assert await moves(navigation, client_id) == ["accept", "hold", "progress"]


async def test_an_answer_that_comes_too_late_says_what_is_possible_and_keeps_what_was_typed(
    navigation: Navigation, browser: Browser, client_id: UUID, path: str
) -> None:
    early, late = await browser.open(path), await browser.open(path)
    await browser.send(early, answer="accept")

    page = await browser.send(late, answer="decline", decline_reason="other", decline_text="<b>Sorry</b>.")

    assert page.response.status_code == 409
    assert "things have moved on: You said yes" in page.text
    assert "<b>Sorry</b>." in page.text
    assert "&lt;b&gt;Sorry&lt;/b&gt;" in page.response.text
    assert "complete" in page.choices
    assert (await the_referral(navigation, client_id))["status"] == "accepted"


async def test_an_answer_after_the_end_keeps_what_was_typed(browser: Browser, path: str) -> None:
    early, late = await browser.open(path), await browser.open(path)
    await browser.send(early, answer="decline", decline_reason="wrong_service")

    page = await browser.send(late, answer="hold", hold_text="Until January.")

    assert page.response.status_code == 409
    assert "Until January." in page.text
    assert WORDS not in page.text


FAULTY: tuple[tuple[dict[str, str], str, str], ...] = (
    ({}, "answer-accept", "Choose what you would like to tell us"),
    ({"answer": "enter_in_error"}, "answer-accept", "Choose what you would like to tell us"),
    ({"answer": "hold", "hold_text": " "}, "hold_text", "Say what it is waiting for"),
    ({"answer": "decline", "decline_text": "x"}, "decline_reason", "Choose the reason that fits best"),
    ({"answer": "decline", "decline_reason": "other"}, "decline_text", "Say it in a few words"),
    ({"answer": "schedule", "date": "2026-02-30", "time": "14:30"}, "date", "Say on which day"),
    ({"answer": "schedule", "date": "2026-12-01", "time": "25:00"}, "time", "Say at what time"),
    ({"answer": "schedule", "date": "2026-11-01", "time": "14:30"}, "date", "That time has passed"),
    ({"answer": "schedule", "date": "2027-03-28", "time": "01:30"}, "time", "The clocks go forward"),
    ({"answer": "schedule", "date": "2062-12-01", "time": "14:30"}, "date", "please check the year"),
    ({"answer": "hold", "hold_text": "long " * 801}, "hold_text", "keep it to 4,000 characters"),
)


async def test_what_is_to_be_looked_at_again_is_named_beside_its_field_and_nothing_typed_is_lost(
    navigation: Navigation, browser: Browser, client_id: UUID, path: str
) -> None:
    page = wrong = await browser.open(path)
    for filled, field, message in FAULTY:
        typed = {"hold_text": "Kept as it was:\n  two lines", "time": "14:30"} | filled
        wrong = await browser.send(page, **typed)

        assert wrong.response.status_code == 422, filled
        assert wrong.title.startswith("Please look again")
        assert f'<a href="#{field}">' in wrong.response.text
        assert f'id="{field}"' in wrong.response.text
        assert message in wrong.text
        shown = {name: text.strip() for name, text in typed.items() if name != "answer"}
        assert shown.items() <= wrong.fields.items()
    assert (await the_referral(navigation, client_id))["status"] == "requested"

    corrected = await browser.send(wrong, answer="decline", decline_reason="not_eligible")
    assert "We look for somebody else" in corrected.text


async def test_only_what_the_client_agreed_to_is_shown(navigation: Navigation, browser: Browser) -> None:
    await referred(navigation, listing(), scopes=frozenset({InformationScope.NEED}))

    page = await browser.open(await newest_link(navigation))

    assert "Can you help this person?" in page.text
    assert "Getting there" in page.text
    assert "They have not agreed that we tell you their name" in page.text
    assert "42 CFR part 2" in page.text
    assert not [word for word in ("Amina", "Diallo", "+44", WORDS) if word in page.response.text]


async def test_whoever_may_not_be_contacted_is_not_to_be_contacted(
    navigation: Navigation, browser: Browser
) -> None:
    await referred(navigation, listing(), contact_prohibited=True)

    page = await browser.open(await newest_link(navigation))

    assert "Please do not get in touch" in page.text
    assert "+44" not in page.response.text


async def test_what_a_client_says_is_text_and_never_markup(navigation: Navigation, browser: Browser) -> None:
    await referred(navigation, listing(), words="<script>alert(1)</script>", full_name='"><img src=x>')

    page = await browser.open(await newest_link(navigation))

    assert "<script" not in page.response.text
    assert "<img src=x" not in page.response.text
    assert "<script>alert(1)</script>" in page.text


async def test_a_page_is_never_stored_framed_indexed_or_told_to_anybody_else(
    browser: Browser, path: str
) -> None:
    page = await browser.open(path)

    for name, value in HEADERS.items():
        assert page.response.headers[name] == value
    assert page.response.headers["Cache-Control"] == "no-store"
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    assert "script" not in page.response.headers["Content-Security-Policy"]
    assert "<script" not in page.response.text
    assert " style=" not in page.response.text


async def test_what_pages_look_like_may_be_kept_for_ever(navigation: Navigation, path: str) -> None:
    page = (await navigation.http.get(path)).text
    addresses = {part.partition('"')[0] for part in page.split('="assets/')[1:]}
    assert len(addresses) == 2

    for address in addresses:
        answer = await navigation.http.get(f"/r/assets/{address}")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (
            200,
            "public, max-age=31536000, immutable",
        )
    assert (await navigation.http.get("/r/assets/link.css")).status_code == 404


async def test_after_a_revoked_consent_there_is_nothing_to_see(
    navigation: Navigation, browser: Browser, client_id: UUID, path: str
) -> None:
    page = await browser.open(path)
    referral = await the_referral(navigation, client_id)
    await navigation.receive(
        delivery(consent_revoked(client_id=client_id, consent_id=UUID(str(referral["consent_id"]))))
    )

    async def gone() -> int:
        return (await browser.open(path)).response.status_code

    await eventually(gone, 410)
    after = await browser.open(path)
    assert "There is nothing to see here any more" in after.text
    assert not [word for word in (WORDS, "Amina", "consent", "revoked") if word in after.response.text]

    late = await browser.send(page, answer="hold", hold_text="A place in May.")
    assert (late.response.status_code, "A place in May." in late.text) == (410, True)

    news = await eventually(lambda: mails(navigation), lambda seen: len(seen) == 2)
    assert news[-1]["subject"] == "Something has changed, please have a look"


async def test_whoever_is_given_an_address_hears_of_what_is_under_way(
    navigation: Navigation, browser: Browser, client_id: UUID, path: str, service: Listing
) -> None:
    page = await browser.open(path)
    ended = await navigation.as_("admin").post(f"/partners/{service.organization_id}/email/end", {})
    assert ended.status_code == 200
    assert "nothing to see here" in (await browser.open(path)).text
    assert (await browser.send(page, answer="accept")).response.status_code == 410

    await written_to(navigation, service.organization_id, "new@partner.example.org")

    path = await newest_link(navigation, address="new@partner.example.org")
    page = await browser.send(await browser.open(path), answer="accept")
    assert "you said yes" in page.text
    assert (await the_referral(navigation, client_id))["status"] == "accepted"
